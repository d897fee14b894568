import Diagnostics
import Parallelism

/// Files that are read as one trace, looked over.
final class TraceShards: Sendable {
  let paths: [String]
  let surveys: [StepSurvey]
  let header: TraceHeader
  /// `[files]` the places of their steps in all together, from 0.
  let ranges: [Range<Int>]
  /// What is to be said of the files that were found.
  let notes: [String]
  private let threads: Int
  private let knownEnds = Guarded<[ClosedRange<Int>]?>(nil)

  /// - Parameter paths: one or more, in their order.
  /// - Throws: `InputError`: a file that cannot be read or is cut short, or (usage) files that do not fit each other.
  init(_ paths: [String], notes: [String] = [], threads: Int) throws(InputError) {
    let surveys = try Self.each(paths, threads: threads) { path throws(InputError) in try StepSurvey(of: path) }
    self.paths = paths
    self.surveys = surveys
    self.notes = notes
    self.threads = threads
    header = try SharedHeader.of(Array(zip(paths, surveys.map(\.header))))
    var first = 0
    ranges = surveys.map { survey in
      defer { first += survey.count }
      return first..<first + survey.count
    }
  }

  /// Steps of all files.
  var count: Int { ranges.last?.upperBound ?? 0 }

  /// Without their folders.
  var names: [String] { paths.map { String($0.split(separator: "/").last ?? "-") } }

  /// A file's path, or the first's and the last's.
  var name: String { paths.count == 1 ? paths[0] : "\(paths[0]) … \(paths[paths.count - 1])" }

  /// `[files]` numbers of the first step and of the last. They are looked for once.
  func ends() throws(InputError) -> [ClosedRange<Int>] {
    if let known = knownEnds.withLock({ $0 }) { return known }
    let surveys = surveys
    let found = try Self.each(Array(zip(paths, surveys)), threads: threads) { file throws(InputError) in
      try file.1.ends(of: file.0)
    }
    knownEnds.withLock { $0 = found }
    return found
  }

  /// - Throws: `InputError` (usage) for steps that are not there.
  func require(_ range: Range<Int>) throws(InputError) {
    let isOpen = range.upperBound == .max
    guard range.lowerBound >= count || !isOpen && range.upperBound > count else { return }
    throw InputError(
      "no steps \(range.lowerBound):\(isOpen ? "" : "\(range.upperBound)"), the trace has \(count)", in: name,
      status: .usage)
  }

  /// - Throws: what is wrong with the first that something is wrong with.
  private static func each<File: Sendable, Found: Sendable>(
    _ files: [File], threads: Int, _ look: @escaping @Sendable (File) throws(InputError) -> Found
  ) throws(InputError) -> [Found] {
    let work = OrderedWork<Found>(threads: threads)
    var found = [Found]()
    for file in files {
      while work.isFull, let next = try work.next() { found.append(next) }
      work.submit { () throws(InputError) in try look(file) }
    }
    while let next = try work.next() { found.append(next) }
    return found
  }
}
