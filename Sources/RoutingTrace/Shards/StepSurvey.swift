import Containers
import Diagnostics
import Files
import Parallelism

/// What is known of a trace file before its steps are read: its header, how many there are, and the numbers of the
/// first and the last.
///
/// Of a native file the heads of members are read, and two members inflated; of JSON Lines all lines are passed over and
/// two taken apart; a recording of counts is read as a whole. A file that was cut short is found out by all of these.
struct StepSurvey: Sendable {
  let header: TraceHeader
  let count: Int
  /// Numbers of steps, not ordinals.
  let first: Int
  let last: Int
  /// Whether the first step says which sequences its tokens are of.
  let hasSequences: Bool

  /// Bytes that are read at once of a file that is mostly skipped.
  private static let piece = 1 << 14

  /// - Throws: `InputError` as `TraceReader`, and for a file that can be read only once.
  init(of path: String) throws(InputError) {
    try requireReadableAgain(path, "one of several trace files is read twice; give it a file")
    self = try attributing(path) { () throws(InputError) in
      let input = try FileInput(path: path, piece: Self.piece)
      switch try TraceReader.decoder(for: input, wanted: .all, work: OrderedWork(threads: 1)) {
      case let native as NativeReader: return try Self(native, of: path)
      case let lines as JSONLinesReader: return try Self(lines)
      case let counts: return try Self(counts)
      }
    }
  }

  private init(_ native: NativeReader, of path: String) throws(InputError) {
    let count = try native.passAll()
    guard count > 0 else { throw InputError("a trace without steps") }
    let ends = try NativeReader(
      FileInput(path: path, piece: Self.piece), wanted: .chosen(count == 1 ? [0] : [0, count - 1]),
      work: OrderedWork(threads: 1))
    let first = try ends.next()
    let last = count == 1 ? first : try ends.next()
    guard let first, let last else { throw InputError("changed while it was read") }
    self.init(
      header: native.header, count: count, first: first.number, last: last.number,
      hasSequences: first.sequences != nil)
  }

  private init(_ lines: JSONLinesReader) throws(InputError) {
    let (steps, first, last, hasSequences) = try lines.passAll()
    self.init(header: lines.header, count: steps, first: first, last: last, hasSequences: hasSequences)
  }

  private init(_ decoder: any StepDecoder) throws(InputError) {
    var (count, first, last) = (0, 0, 0)
    while let step = try decoder.next() {
      if count == 0 { first = step.number }
      last = step.number
      count += 1
    }
    self.init(header: decoder.header, count: count, first: first, last: last, hasSequences: false)
  }

  private init(header: TraceHeader, count: Int, first: Int, last: Int, hasSequences: Bool) {
    self.header = header
    self.count = count
    self.first = first
    self.last = last
    self.hasSequences = hasSequences
  }
}

extension StepSurvey {
  /// Of several files, on so many threads.
  ///
  /// - Throws: what is wrong with the first of them that something is wrong with.
  static func all(_ paths: [String], threads: Int) throws(InputError) -> [StepSurvey] {
    let work = OrderedWork<StepSurvey>(threads: threads)
    var surveys = [StepSurvey]()
    for path in paths {
      while work.isFull, let survey = try work.next() { surveys.append(survey) }
      work.submit { () throws(InputError) in try StepSurvey(of: path) }
    }
    while let survey = try work.next() { surveys.append(survey) }
    return surveys
  }
}
