import ArgumentParser
import ExpertReplay

/// Which matrix of a file of many.
struct MatrixOptions: ParsableArguments {
  @Option(help: "The policy that sent it.") var policy: String?
  @Option(help: "The step's number in the trace.") var step: Int?
  @Option(help: "The layer's number in the model.") var layer: Int?
  @Option(help: "Which of the two All-to-Alls: dispatch or combine.") var part: MatrixSelection.Part?

  func selection() -> MatrixSelection { MatrixSelection(policy: policy, step: step, layer: layer, part: part) }
}

extension MatrixSelection.Part: ExpressibleByArgument {}
