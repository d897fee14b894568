import Diagnostics

/// Files that are read as one trace, looked over.
struct TraceShards: Sendable {
  let paths: [String]
  let surveys: [StepSurvey]
  let header: TraceHeader
  let numbering: ShardNumbering
  /// `[files]` the places of their steps in all together, from 0.
  let ranges: [Range<Int>]
  let notes: [String]

  /// - Parameter paths: one or more, in their order.
  /// - Throws: `InputError`: a file that cannot be read or is cut short, or (usage) files that do not fit each other.
  init(_ paths: [String], notes: [String] = [], threads: Int) throws(InputError) {
    let surveys = try StepSurvey.all(paths, threads: threads)
    self.paths = paths
    self.surveys = surveys
    header = try SharedHeader.of(Array(zip(paths, surveys.map(\.header))))
    let name = paths.count == 1 ? paths[0] : "\(paths[0]) … \(paths[paths.count - 1])"
    numbering = try attributing(name) { () throws(InputError) in try ShardNumbering(surveys) }
    var first = 0
    ranges = surveys.map { survey in
      defer { first += survey.count }
      return first..<first + survey.count
    }
    let recordings = numbering.recordings
    let apart =
      "The \(paths.count) files are \(recordings) recordings, as their steps are numbered: sequences of different ones "
      + "are different."
    self.notes = notes + (recordings > 1 && surveys.contains(where: \.hasSequences) ? [apart] : [])
  }

  /// Steps of all files.
  var count: Int { ranges.last?.upperBound ?? 0 }

  /// Without their folders.
  var names: [String] { paths.map { String($0.split(separator: "/").last ?? "-") } }

  /// Whether steps that are not wanted have to be read, too, for the ids of their sequences.
  var hasToBeRead: Bool { numbering.recordings > 1 && header.content == .tokens }

  /// - Throws: `InputError` (usage) for steps that are not there.
  func require(_ range: Range<Int>) throws(InputError) {
    let isOpen = range.upperBound == .max
    guard range.lowerBound >= count || !isOpen && range.upperBound > count else { return }
    throw InputError(
      "no steps \(range.lowerBound):\(isOpen ? "" : "\(range.upperBound)"), the trace has \(count)",
      in: paths.count == 1 ? paths[0] : "\(paths[0]) … \(paths[paths.count - 1])", status: .usage)
  }
}
