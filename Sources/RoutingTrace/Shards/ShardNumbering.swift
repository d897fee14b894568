import Diagnostics

/// Numbers of steps and ids of sequences in files that follow each other.
///
/// A file whose first step has a higher number than the last of the file before goes on with its recording: its numbers
/// and sequences mean the same. Any other is a recording of its own: its steps are counted on from the last, and its
/// sequences are others than those before, so that none is continued by another's tokens.
struct ShardNumbering: Sendable {
  /// `[files]` what is added to the numbers of its steps.
  private let shifts: [Int]
  /// `[files]` whether it begins a recording.
  private let begins: [Bool]
  private var current = 0
  /// Added to the sequence ids of the current recording, and what no id so far reaches.
  private var sequenceShift: UInt64 = 0
  private var sequenceEnd: UInt64 = 0

  /// - Parameter files: one or more.
  /// - Throws: `InputError` (usage) when numbers of steps run out.
  init(_ files: [StepSurvey]) throws(InputError) {
    var (shifts, begins, last) = ([0], [true], files[0].last)
    for (before, file) in zip(files, files.dropFirst()) {
      let goesOn = file.first > before.last
      begins.append(!goesOn)
      let shift = goesOn ? shifts[shifts.count - 1] : last &+ 1 &- file.first
      let (end, isFar) = file.last.addingReportingOverflow(shift)
      guard goesOn || last < .max, !isFar else { throw InputError("step numbers run out", status: .usage) }
      shifts.append(shift)
      last = end
    }
    self.shifts = shifts
    self.begins = begins
  }

  /// Recordings that the files are of.
  var recordings: Int { begins.count(where: \.self) }

  /// The same step with numbers of its own.
  ///
  /// - Parameter file: from the first, ascending from call to call; of files before it every step was given.
  /// - Throws: `InputError` (usage) when sequence ids run out.
  mutating func renumber(_ step: inout RoutingStep, of file: Int) throws(InputError) {
    if file > current {
      if begins[current + 1...file].contains(true) { sequenceShift = sequenceEnd }
      current = file
    }
    step.number += shifts[file]
    guard let sequences = step.sequences else { return }
    let shift = sequenceShift
    let end = UInt64(sequences.max() ?? 0) + shift + 1
    guard end <= UInt64(UInt32.max) + 1 else {
      throw InputError(
        "sequence ids run out, as each recording has its own; convert --without sequences leaves them out",
        status: .usage)
    }
    sequenceEnd = max(sequenceEnd, end)
    if shift > 0 { step.sequences = sequences.map { $0 + UInt32(shift) } }
  }
}
