import Diagnostics

/// The steps of a recording end to end, so many times over, as one long recording.
///
/// Step numbers and sequence ids go on where the recording before left off, so that a sequence is never continued by
/// another's tokens. Everything else recurs.
public final class RepeatedSteps: StepSource {
  public var header: TraceHeader { first.header }
  public var digest: String? { first.digest }
  public var origin: StepOrigin { first.origin }
  public var notes: [String] { first.notes }
  public var fraction: Double? { source.fraction.map { (Double(repetition) + $0) / Double(count) } }
  private let first: any StepSource
  private let open: () throws -> any StepSource
  private let count: Int
  private var source: any StepSource
  private var repetition = 0
  /// Step numbers and sequence ids of one recording: from its first to its last, and from 0 to its largest.
  private var firstNumber: Int?
  private var lastNumber = 0
  private var sequenceSpan: UInt64 = 0

  /// - Parameters:
  ///   - count: times, 1 or more.
  ///   - first: the recording, unread.
  ///   - open: gives it again from its first step.
  public init(_ count: Int, of first: any StepSource, open: @escaping () throws -> any StepSource) {
    precondition(count > 0)
    self.count = count
    self.first = first
    self.open = open
    source = first
  }

  /// - Throws: what the recording throws; `InputError` (usage) when its sequence ids or step numbers run out.
  public func next() throws -> RoutingStep? {
    while true {
      if let step = try source.next() { return try renewed(step) }
      guard repetition + 1 < count, firstNumber != nil else { return nil }
      repetition += 1
      source = try open()
    }
  }

  private func renewed(_ original: RoutingStep) throws(InputError) -> RoutingStep {
    var step = original
    if repetition == 0 {
      firstNumber = firstNumber ?? step.number
      lastNumber = step.number
      sequenceSpan = max(sequenceSpan, UInt64(step.sequences?.max() ?? 0) + 1)
      return step
    }
    let span = lastNumber - (firstNumber ?? 0) + 1
    let (ahead, isFar) = span.multipliedReportingOverflow(by: repetition)
    let (number, isTooFar) = step.number.addingReportingOverflow(ahead)
    guard !isFar, !isTooFar else { throw Self.tooMany(count, "step numbers") }
    step.number = number
    if let sequences = step.sequences {
      let shift = sequenceSpan * UInt64(repetition)
      guard shift + sequenceSpan <= UInt64(UInt32.max) + 1 else { throw Self.tooMany(count, "sequence ids") }
      step.sequences = sequences.map { $0 + UInt32(shift) }
    }
    return step
  }

  private static func tooMany(_ count: Int, _ what: String) -> InputError {
    InputError("--repeat \(count): \(what) run out", status: .usage)
  }
}
