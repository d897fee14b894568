import PerformanceModel

extension FitParameter {
  typealias WorkPath = WritableKeyPath<OperationWork, KernelWork> & Sendable

  /// What the kernels of both operations do besides sending.
  static func work(of cluster: Cluster) -> [FitParameter] {
    let operations: [(String, WorkPath)] = [("dispatch", \.dispatch), ("combine", \.combine)]
    return operations.flatMap { name, work in
      [
        figure("work.\(name).expertLatency", work, \.expertLatency),
        figure("work.\(name).hiddenLatency", work, \.hiddenLatency),
        figure("work.\(name).tokenTime", work, \.tokenTime),
        figure("work.\(name).copyTime", work, \.copyTime),
        FitParameter("work.\(name).copyBandwidth", bandwidths) {
          $0.work[keyPath: work].copyBandwidth
        } write: {
          $0.work[keyPath: work].copyBandwidth = $1
        },
      ] + fill("work.\(name).fill", work, of: cluster)
    }
  }

  private static func figure(
    _ name: String, _ work: WorkPath, _ figure: WritableKeyPath<KernelWork, Double> & Sendable
  ) -> FitParameter {
    FitParameter(name, times) {
      $0.work[keyPath: work][keyPath: figure]
    } write: {
      $0.work[keyPath: work][keyPath: figure] = $1
    }
  }

  private static func fill(_ name: String, _ work: WorkPath, of cluster: Cluster) -> [FitParameter] {
    table(name, of: cluster) {
      $0.work[keyPath: work].fill
    } write: {
      $0.work[keyPath: work].fill = $1
    }
  }
}
