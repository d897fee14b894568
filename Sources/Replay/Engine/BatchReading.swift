import Diagnostics
import LoadBalancing
import RoutingTrace

/// The batch that comes next, read while the one before it is replayed.
///
/// One thread reads, and none but it uses the source meanwhile; another asks for the batch after that.
final class BatchReading: @unchecked Sendable {
  private let source: any StepSource
  private let first: Int
  private let assignments: [SourceAssignment]
  private let isLogged = Log.isOn
  private var result: Result<StepBatch?, any Error> = .success(nil)
  private var told: Log.Kept?

  /// - Parameters:
  ///   - first: ordinal of its first step in the replay.
  ///   - assignments: as of `StepBatch`.
  init(_ source: any StepSource, first: Int, sources assignments: [SourceAssignment]) {
    self.source = source
    self.first = first
    self.assignments = assignments
  }

  func read() {
    func reading() -> Result<StepBatch?, any Error> {
      Result { try StepBatch(readingFrom: source, first: first, sources: assignments) }
    }
    if isLogged { (result, told) = Log.kept(reading) } else { result = reading() }
  }

  /// Tells what there was to tell of it, too.
  ///
  /// - Returns: nil at the end.
  func batch() throws -> StepBatch? {
    told?.tell()
    return try result.get()
  }
}
