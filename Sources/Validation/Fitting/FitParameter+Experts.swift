import PerformanceModel

extension FitParameter {
  /// Figures of the kernels that compute experts in a format.
  static func experts(_ format: ExpertFormat) -> [FitParameter] {
    [
      figure(format, "launch", times, \.launch), figure(format, "slotLatency", times, \.slotLatency),
      figure(format, "floor", times, \.floor), figure(format, "hbm", fractions, \.hbmEfficiency),
      figure(format, "math", fractions, \.mathEfficiency),
      FitParameter(name(format, "smallMath"), fractions) {
        $0.experts?.byFormat[format]?.smallMathEfficiency
      } write: {
        $0.experts?.byFormat[format]?.smallMathEfficiency = $1
      },
      figure(format, "visit", times, \.visit), figure(format, "visitTraffic", passes, \.visitTraffic),
      figure(format, "tokenTraffic", passes, \.tokenTraffic), figure(format, "sort", times, \.sort),
    ]
  }

  /// Through memory.
  private static let passes = 1e-6...1000.0

  private static func name(_ format: ExpertFormat, _ key: String) -> String { "experts.\(format.rawValue).\(key)" }

  private static func figure(
    _ format: ExpertFormat, _ key: String, _ range: ClosedRange<Double>,
    _ path: WritableKeyPath<ExpertKernel, Double> & Sendable
  ) -> FitParameter {
    FitParameter(name(format, key), range) {
      $0.experts?.byFormat[format]?[keyPath: path]
    } write: {
      $0.experts?.byFormat[format]?[keyPath: path] = $1
    }
  }
}
