import Diagnostics
import RoutingTrace

/// What a foreign recording turns into.
public struct Imported {
  /// How much the recording knows of its batches.
  public enum Recording {
    /// Forward passes, as they were recorded.
    case steps(any StepSource)
    /// Requests without their batches, which `Batching` makes up.
    case sequences(any SequenceSource)
    /// Shares of tokens, of as many as `Batching` says.
    case shares(RecordedShares)
  }

  public let recording: Recording
  /// What was left out of the recording or taken for granted, a line each, such as `3 tokens without a route left out`.
  /// They are known once the recording is open, and `TraceHeader.imported` puts them into the provenance too.
  public let notes: [String]

  public static func steps(_ source: any StepSource, notes: [String] = []) -> Imported {
    Imported(recording: .steps(source), notes: notes)
  }

  public static func sequences(_ source: any SequenceSource, notes: [String] = []) -> Imported {
    Imported(recording: .sequences(source), notes: notes)
  }

  public static func shares(_ shares: RecordedShares, notes: [String] = []) -> Imported {
    Imported(recording: .shares(shares), notes: notes)
  }

  public var header: TraceHeader {
    switch recording {
    case .steps(let source): source.header
    case .sequences(let source): source.header
    case .shares(let shares): shares.header
    }
  }

  /// Its forward passes; sequences are batched.
  ///
  /// - Throws: `InputError` (usage) when sequences or shares come without `batching`, or passes with it.
  public func steps(batching: Batching?) throws(InputError) -> any StepSource {
    switch (recording, batching) {
    case (.steps(let source), nil): return source
    case (.sequences(let source), let batching?): return try batching.steps(of: source)
    case (.shares(let shares), .prefill(let tokensPerStep)?): return try shares.steps(tokensPerStep: tokensPerStep)
    case (.shares, _):
      throw InputError(
        "the recording holds shares of tokens: say how many, --batch prefill --tokens-per-step 512", in: "--batch",
        status: .usage)
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
    try renumbered(try header.layerNumbers(from: firstLayer))
  }

  /// The same recording as one of a model: layers that were counted from 0 take the numbers that they have there.
  ///
  /// - Parameter hasNumbers: whether somebody said what the layers' numbers are.
  /// - Throws: `InputError` (usage) when the recording has other experts, another top-k or other layers.
  public func fitted(to model: RoutedModel, hasNumbers: Bool = false) throws(InputError) -> Imported {
    try model.check(experts: header.experts, topK: header.topK, of: "the recording")
    let numbers: [Int]
    do throws(InputError) { numbers = try model.numbers(of: header.layerNumbers, areStated: hasNumbers) } catch {
      throw InputError("\(error.message); give --layers or --first-layer", in: error.subject, status: .usage)
    }
    return numbers == header.layerNumbers ? self : try renumbered(numbers)
  }

  private func renumbered(_ numbers: [Int]) throws(InputError) -> Imported {
    switch recording {
    case .steps(let source): .steps(try RenumberedSteps(source, numbers: numbers), notes: notes)
    case .sequences(let source): .sequences(try RenumberedSequences(source, numbers: numbers), notes: notes)
    case .shares(let shares): .shares(try shares.renumbered(numbers), notes: notes)
    }
  }
}

/// `1 token` or `3 tokens`, for notes.
func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
