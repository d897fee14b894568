import Containers
import Diagnostics
import Files
import Parallelism

/// What is known of a trace file before its steps are read: its header, and how many there are.
///
/// Of a native file the heads of members are read, and none is inflated that holds steps; of JSON Lines all lines are
/// passed over and two taken apart; a recording of counts is read as a whole. A file that was cut short is found out by
/// all of these.
struct StepSurvey: Sendable {
  let header: TraceHeader
  let count: Int
  /// Numbers of the first step and the last; nil where they have to be looked for.
  private let ends: ClosedRange<Int>?

  /// Bytes that are read at once of a file that is mostly skipped.
  private static let piece = 1 << 14

  /// - Throws: `InputError` as `TraceReader`, and for a file that can be read only once.
  init(of path: String) throws(InputError) {
    try requireReadableAgain(path, "one of several trace files is read twice; give it a file")
    self = try attributing(path) { () throws(InputError) in
      let input = try FileInput(path: path, piece: Self.piece)
      switch try TraceReader.decoder(for: input, wanted: .all, work: OrderedWork(threads: 1)) {
      case let native as NativeReader: return try Self(native)
      case let lines as JSONLinesReader: return try Self(lines)
      case let counts: return try Self(counts)
      }
    }
  }

  private init(_ native: NativeReader) throws(InputError) {
    header = native.header
    count = try native.passAll()
    ends = nil
    guard count > 0 else { throw InputError("a trace without steps") }
  }

  private init(_ lines: JSONLinesReader) throws(InputError) {
    let (steps, ends) = try lines.passAll()
    (header, count, self.ends) = (lines.header, steps, ends)
  }

  private init(_ decoder: any StepDecoder) throws(InputError) {
    var numbers = [Int]()
    while let step = try decoder.next() { numbers.append(step.number) }
    guard let first = numbers.first, let last = numbers.last else { throw InputError("a trace without steps") }
    (header, count, ends) = (decoder.header, numbers.count, first...last)
  }

  /// Numbers of the first step and the last; of a native file two members are inflated for them.
  func ends(of path: String) throws(InputError) -> ClosedRange<Int> {
    if let ends { return ends }
    return try attributing(path) { () throws(InputError) in
      let native = try NativeReader(
        FileInput(path: path, piece: Self.piece), wanted: .chosen(count == 1 ? [0] : [0, count - 1]),
        work: OrderedWork(threads: 1))
      let first = try native.next()
      let last = count == 1 ? first : try native.next()
      guard let first, let last, first.number <= last.number else { throw InputError("changed while it was read") }
      return first.number...last.number
    }
  }
}
