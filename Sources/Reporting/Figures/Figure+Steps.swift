import Replay

extension Figure {
  /// Sections of a policy's JSON that are of a replay as a whole: a step has none of its own.
  private static let sectionsOfReplays: Set = ["commPerStep", "steady", "breakEven", "regret", "prediction", "memory"]
  /// Those of a step that its layers have no part in.
  private static let sectionsOfSteps: Set = ["rebalances", "serving"]

  /// The figures that single steps have, too, as if the replay had no other.
  public static let ofSteps = all.filter { figure in
    !sectionsOfReplays.contains(figure.section) && !["Low", "High", "signFlips"].contains { figure.path.hasSuffix($0) }
  }

  /// The figures that single layers of steps have, too. A layer waits for no moves.
  public static let ofLayers = ofSteps.filter {
    !sectionsOfSteps.contains($0.section) && $0.path != "time.migration"
  }

  /// The figures of `StepResult`s, told as a `StepObserver` tells them.
  static func ofSteps(byLayer isByLayer: Bool) -> [Figure] { isByLayer ? ofLayers : ofSteps }

  private var section: String { String(path.prefix { $0 != "." }) }
}
