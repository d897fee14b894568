import ArgumentParser
import ExpertReplay

/// Which part of a trace is looked at.
struct SelectionOptions: ParsableArguments {
  @Option(help: "Only these steps of the trace, as in 0:100 (100 left out) or 0-99.")
  var steps: String?

  @Option(help: "Only these MoE layers of the trace, as in 0:4 or 0-3.")
  var layers: String?

  @Option(
    help: "Only steps of this phase: \(Phase.registry.list). Mixed steps are of neither.",
    completion: .names(of: Phase.registry))
  var phase: String?

  func chosen(drawing draw: DrawOptions) throws -> StepSelection {
    var selection = try chosen
    selection.draw = try draw.draw
    return selection
  }

  var chosen: StepSelection {
    get throws {
      StepSelection(
        steps: try steps.map { text throws(InputError) in try parseRange(text, option: "--steps") },
        layers: try layers.map { text throws(InputError) in try parseRange(text, option: "--layers") },
        phase: try phase.map { name throws(InputError) in try Phase.registry.named(name, option: "--phase") })
    }
  }
}
