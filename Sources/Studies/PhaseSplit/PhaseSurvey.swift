import Diagnostics
import Replay
import RoutingTrace

/// The steps of a phase in a recording, from a reading of all.
struct PhaseSurvey {
  /// Tokens of each step of the phase.
  private var stepTokens: [Int] = []
  /// Steps of each phase, `nil` for those that tell none.
  private var steps: [Phase?: Int] = [:]

  /// - Parameter setting: any that the trial's steps are replayed on.
  /// - Throws: what reading throws; `InputError` (usage) if no step of the phase has tokens.
  init(of trial: PhaseTrial, _ setting: ReplaySetting) throws {
    let counted = CountedSteps(try trial.open(), as: "reading")
    while let step = try counted.next() {
      let phase = step.phase ?? trial.header.phase
      steps[phase, default: 0] += 1
      if phase == trial.phase { stepTokens.append(setting.tokens(of: step)) }
    }
    guard stepTokens.contains(where: { $0 > 0 }) else {
      throw InputError(
        "no tokens in \(trial.phase) steps (it has \(others)), and both phases are needed: "
          + (trial.phase == .decode
            ? "give a recording of decoding, and this one as --prefill" : "--prefill gives a recording of them"),
        in: "trace '\(trial.header.name)'", status: .usage)
    }
  }

  private var others: String {
    let counts = (Phase.allCases.map(Optional.some) + [nil]).compactMap { phase in
      steps[phase].map { "\($0) \(phase?.rawValue ?? "of no known phase")" }
    }
    return counts.isEmpty ? "no steps" : counts.joined(separator: ", ")
  }

  /// Tokens of the largest step.
  ///
  /// - Parameter batchSize: steps made one.
  func largest(batchSize: Int) -> Int {
    stride(from: 0, to: stepTokens.count, by: batchSize).map { first in
      stepTokens[first..<min(first + batchSize, stepTokens.count)].reduce(0, +)
    }.max() ?? 0
  }
}
