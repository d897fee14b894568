import Diagnostics

/// Numbers of steps and ids of sequences in files that follow each other.
///
/// A file whose first step has a higher number than the last of the file before goes on with its recording: its numbers
/// and sequences mean the same. Any other is a recording of its own: its steps are counted on from the last, and its
/// sequences are others than those before, so that none is continued by another's tokens.
struct ShardNumbering: Sendable {
  /// `[files]` the numbers of the first step and of the last; nil where all steps are given and tell.
  private let ends: [ClosedRange<Int>]?
  private var current = 0
  /// Added to the numbers of the current recording.
  private var shift = 0
  /// Of the step given last, as it was stored.
  private var lastNumber = -1
  /// Added to the sequence ids of the current recording, and what no id so far reaches.
  private var sequenceShift: UInt64 = 0
  private var sequenceEnd: UInt64 = 0
  /// Recordings so far; of all files where their ends are known.
  private(set) var recordings = 1
  /// Whether a step told which sequences its tokens are of.
  private(set) var hasSequences = false

  init(_ ends: [ClosedRange<Int>]?) {
    self.ends = ends
    guard let ends else { return }
    recordings = 1 + zip(ends, ends.dropFirst()).count { !Self.goesOn($1.lowerBound, after: $0.upperBound) }
  }

  private static func goesOn(_ first: Int, after last: Int) -> Bool { first > last }

  /// Gives a step numbers of its own.
  ///
  /// - Parameter file: that it is of, ascending from call to call. Of the files before it every step was given, unless
  ///   ends are known and no step has a sequence.
  /// - Throws: `InputError` (usage) when step numbers or sequence ids run out.
  mutating func renumber(_ step: inout RoutingStep, of file: Int) throws(InputError) {
    while current < file {
      current += 1
      let last = ends?[current - 1].upperBound ?? lastNumber
      try begin(ends?[current].lowerBound ?? step.number, after: last)
    }
    lastNumber = step.number
    let (number, isFar) = step.number.addingReportingOverflow(shift)
    guard !isFar else { throw Self.noNumbers }
    step.number = number
    if let sequences = step.sequences { step.sequences = try renumbered(sequences) }
  }

  private mutating func begin(_ first: Int, after last: Int) throws(InputError) {
    if Self.goesOn(first, after: last) { return }
    let (ahead, isFar) = (last - first).addingReportingOverflow(1)
    let (shift, isTooFar) = self.shift.addingReportingOverflow(ahead)
    guard !isFar, !isTooFar else { throw Self.noNumbers }
    self.shift = shift
    sequenceShift = sequenceEnd
    if ends == nil { recordings += 1 }
  }

  private mutating func renumbered(_ sequences: [UInt32]) throws(InputError) -> [UInt32] {
    hasSequences = true
    let shift = sequenceShift
    let end = UInt64(sequences.max() ?? 0) + shift + 1
    guard end <= UInt64(UInt32.max) + 1 else {
      throw InputError(
        "sequence ids run out, as each recording has its own; convert --without sequences leaves them out",
        status: .usage)
    }
    sequenceEnd = max(sequenceEnd, end)
    return shift == 0 ? sequences : sequences.map { $0 + UInt32(shift) }
  }

  private static let noNumbers = InputError("step numbers run out", status: .usage)
}
