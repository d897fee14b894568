import PerformanceModel

extension FitParameter {
  /// What expert kernels reach of a GPU, and what they cost besides, where its roofline prices them.
  static let gpu: [FitParameter] = [
    gpu("gpu.efficiency.hbm", fractions, \.hbmEfficiency), gpu("gpu.efficiency.math", fractions, \.mathEfficiency),
    gpu("gpu.launch", times, \.launch), gpu("gpu.decodeLaunch", times, \.decodeLaunch),
    gpu("gpu.prefillFloor", times, \.prefillFloor), gpu("gpu.batchToken", times, \.batchToken),
  ]

  private static func gpu(
    _ name: String, _ range: ClosedRange<Double>, _ path: WritableKeyPath<GPU, Double> & Sendable
  ) -> FitParameter {
    FitParameter(name, range) {
      $0.gpu?[keyPath: path]
    } write: {
      $0.gpu?[keyPath: path] = $1
    }
  }
}
