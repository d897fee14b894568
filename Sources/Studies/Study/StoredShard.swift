import Containers
import Diagnostics
import Foundation
import Replay

/// What a shard came to, as it is stored until the whole job has its outcome.
///
/// A gzip file: a line of JSON, then 64-bit floats, little-endian, policy after policy.
enum StoredShard: Equatable {
  case replayed(LayerShard)
  /// A policy cannot be replayed; which one, and what becomes of the others, is for a replay of the whole job to find.
  case refused
  /// The whole job has its outcome.
  case merged

  private struct Head: Codable {
    var job: StudyJob
    /// First, and the one after the last; absent where nothing follows.
    var layers: [Int]?
    var ranks: Int
    /// Numbers of each policy, those of steps and those of ranks.
    var outcomes: Int
    var rankTokens: Int
    var isMerged: Bool?
  }

  func stored(of job: StudyJob) throws -> [UInt8] {
    var head = Head(job: job, ranks: job.ranks, outcomes: 0, rankTokens: 0)
    var parts: [LayerShard.Part] = []
    switch self {
    case .replayed(let shard):
      parts = shard.policies
      head.layers = [shard.layers.lowerBound, shard.layers.upperBound]
      (head.outcomes, head.rankTokens) = (parts[0].outcomes.count, parts[0].rankTokens.count)
    case .refused: break
    case .merged: head.isMerged = true
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var bytes: [UInt8] = []
    let gzip = try GzipWriter { bytes += $0 }
    try gzip.write(Array(try encoder.encode(head)) + [0x0A])
    for part in parts {
      try gzip.write(storedDoubles(part.outcomes))
      try gzip.write(storedDoubles(part.rankTokens))
    }
    try gzip.finish()
    return bytes
  }

  /// - Parameter bytes: inflated.
  /// - Returns: nil for anything but a shard of the job.
  init?(_ bytes: [UInt8], of job: StudyJob) {
    guard let end = bytes.firstIndex(of: 0x0A),
      let head = try? JSONDecoder().decode(Head.self, from: Data(bytes[..<end])), head.job == job
    else { return nil }
    if head.isMerged == true {
      self = .merged
      return
    }
    guard let layers = head.layers else {
      self = .refused
      return
    }
    let most = bytes.count / 8
    guard 0...most ~= head.outcomes, 0...most ~= head.rankTokens, head.ranks == job.ranks else { return nil }
    let each = 8 * (head.outcomes + head.rankTokens)
    guard layers.count == 2, 0 <= layers[0], layers[0] <= layers[1],
      each * (job.policies.count + 1) == bytes.count - end - 1
    else { return nil }
    let range = layers[0]..<layers[1]
    var place = end + 1
    func numbers(_ count: Int) -> [Double] {
      defer { place += 8 * count }
      return doubles(in: bytes, from: place, count: count)
    }
    var parts: [LayerShard.Part] = []
    for _ in 0...job.policies.count {
      let outcomes = numbers(head.outcomes)
      guard
        let part = LayerShard.Part(
          layers: range, ranks: head.ranks, outcomes: outcomes, rankTokens: numbers(head.rankTokens))
      else { return nil }
      parts.append(part)
    }
    self = .replayed(LayerShard(layers: range, policies: parts))
  }
}
