struct UniformWeight: StepWeight {
  var isConstant: Bool { true }
  func weight(of step: RoutingStep, header: TraceHeader) -> Double { 1 }
}
