import PerformanceModel

extension FitParameter {
  private static let fraction = 0.001...1.0
  /// Microseconds.
  private static let times = 1e-6...1e6

  /// What expert kernels reach of a GPU, and what they cost besides.
  static let gpu: [FitParameter] = [
    gpu("gpu.efficiency.hbm", fraction, \.hbmEfficiency), gpu("gpu.efficiency.math", fraction, \.mathEfficiency),
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
