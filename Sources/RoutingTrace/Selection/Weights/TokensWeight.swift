/// By tokens; by visits of the first layer for counts without a top-k.
struct TokensWeight: StepWeight {
  func weight(of step: RoutingStep, header: TraceHeader) -> Double { Double(step.tokens) }
}
