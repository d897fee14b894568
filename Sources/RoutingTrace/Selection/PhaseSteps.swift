import Diagnostics

/// The steps of a source that are of one phase. Mixed steps are of neither prefill nor decode, and steps of which no
/// phase is known are of none.
public final class PhaseSteps: StepSource {
  public let header: TraceHeader
  public var digest: String? { source.digest }
  public var origin: StepOrigin { source.origin }
  public var fraction: Double? { source.fraction }
  private let source: any StepSource
  private let phase: Phase
  /// Steps so far by phase, all of them.
  private var seen: [Phase?: Int] = [:]

  public init(_ phase: Phase, of source: any StepSource) {
    self.source = source
    self.phase = phase
    var header = source.header
    header.phase = phase
    self.header = header
  }

  /// - Throws: what the source throws; `InputError` (usage) at its end if no step was of the phase.
  public func next() throws -> RoutingStep? {
    while let step = try source.next() {
      let found = step.phase ?? source.header.phase
      seen[found, default: 0] += 1
      if found == phase { return step }
    }
    guard seen[phase] != nil else {
      throw InputError(
        "--phase \(phase): none of the \(Self.counted(steps)) of trace '\(header.name)' is: \(others)", status: .usage)
    }
    return nil
  }

  /// What was taken and what was not, once all steps were read; nothing where all were taken.
  public var notes: [String] {
    guard !others.isEmpty else { return source.notes }
    return source.notes + [
      "Phase \(phase) of trace '\(header.name)': \(seen[phase] ?? 0) of \(Self.counted(steps)); left out: \(others)."
    ]
  }

  private var steps: Int { seen.values.reduce(0, +) }

  /// `8 prefill, 4 mixed, 1 of no known phase`.
  private var others: String {
    (Phase.allCases.map(Optional.some) + [nil]).filter { $0 != phase }.compactMap { other in
      seen[other].map { "\($0) \(other?.rawValue ?? "of no known phase")" }
    }.joined(separator: ", ")
  }

  private static func counted(_ steps: Int) -> String { steps == 1 ? "1 step" : "\(steps) steps" }
}

extension Phase {
  /// Those that can be asked for.
  public static let registry = Registry<Phase>(
    "phase",
    [
      .init("prefill", "steps that read prompts", .prefill),
      .init("decode", "steps that write a token of each sequence", .decode),
    ])
}
