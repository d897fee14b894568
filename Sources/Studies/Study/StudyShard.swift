import Replay

/// Which of a job's layers a line of the manifest is for, where the job is cut between them.
public struct StudyShard: Codable, Equatable, Sendable {
  /// The digest of the whole job.
  public var of: String
  /// From 0.
  public var number: Int
  public var count: Int

  /// Shards of a job, at most.
  public static let most = 10_000

  /// Whether it is one of so many.
  var isOne: Bool { 1...Self.most ~= count && 0..<count ~= number }

  /// - Parameter layers: of the trace.
  func layers(of layers: Int) -> Range<Int> { (0..<layers).cut(into: count)[number] }
}

extension StudyJob {
  /// The job that this is a shard of, or itself.
  public var whole: StudyJob {
    guard let shard else { return self }
    var whole = self
    whole.job = shard.of
    whole.shard = nil
    return whole
  }

  /// All shards of the job that this is one of; itself where it is none.
  var siblings: [StudyJob] {
    guard let shard else { return [self] }
    return (0..<shard.count).map { whole.shard($0, of: shard.count) }
  }

  /// - Parameter number: from 0.
  func shard(_ number: Int, of count: Int) -> StudyJob {
    var shard = self
    shard.job = StudyIdentity.digest("\(job)\nlayers \(number)/\(count)")
    shard.shard = StudyShard(of: job, number: number, count: count)
    return shard
  }
}
