import Diagnostics
import RoutingTrace

/// What a foreign recording turns into.
public enum Imported {
  /// Forward passes, as they were recorded.
  case steps(any StepSource)
  /// Requests without their batches, which `Batching` makes up.
  case sequences(any SequenceSource)

  /// Its forward passes; sequences are batched.
  ///
  /// - Throws: `InputError` (usage) when sequences come without `batching`, or passes with it.
  public func steps(batching: Batching?) throws(InputError) -> any StepSource {
    switch (self, batching) {
    case (.steps(let source), nil): return source
    case (.sequences(let source), let batching?): return try batching.steps(of: source)
    case (.steps, _?):
      throw InputError("the recording already has its forward passes", in: "--batch", status: .usage)
    case (.sequences, nil):
      throw InputError("the recording holds sequences: say prefill or decode", in: "--batch", status: .usage)
    }
  }
}

extension Imported {
  /// The same recording, its first layer having the given number in the model and the others their distance to it.
  ///
  /// - Throws: `InputError` for a number out of range.
  public func renumbered(firstLayer: Int) throws(InputError) -> Imported {
    switch self {
    case .steps(let source): .steps(try RenumberedSteps(source, firstLayer: firstLayer))
    case .sequences(let source): .sequences(try RenumberedSequences(source, firstLayer: firstLayer))
    }
  }
}
