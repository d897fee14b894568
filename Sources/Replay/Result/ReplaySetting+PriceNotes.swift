import PerformanceModel

/// What has to be known of the prices that a replay goes by.
extension ReplaySetting {
  /// How far prices may be off, where they are not by definition; of a recording of several phases, the wider of their
  /// kernels'.
  var uncertainty: PriceUncertainty {
    guard header.phase == nil else { return prices.uncertainty }
    return prices.uncertainty.widened(by: prices(isDecode: true).uncertainty)
  }

  private typealias PricedKernel = (name: String, fixed: String, rate: String, error: PriceError)

  /// Those that a replay has times of.
  private var kernels: [PricedKernel] {
    let communication = ("communication", "latency", "bandwidth", uncertainty.communication)
    let experts = ("experts", "launch", "memory and arithmetic", uncertainty.experts)
    return [communication] + (compute == nil ? [] : [experts])
  }

  /// Whose prices were held against no measurement; nil where all were.
  package var notValidatedNote: String? {
    let parts = kernels.flatMap { kernel -> [String] in
      switch (kernel.error.fixed, kernel.error.rate) {
      case (nil, nil): [kernel.name]
      case (nil, _): ["\(kernel.name) (\(kernel.fixed))"]
      case (_, nil): ["\(kernel.name) (\(kernel.rate))"]
      case (_, _): []
      }
    }
    guard !parts.isEmpty else { return nil }
    return
      "Prices on \(cluster.name) are not validated for \(parts.joined(separator: " and ")): no measurement was held "
      + "against them. Their errors are taken to be as wide as the widest known (\(PriceError.widest) rms in log)."
  }

  /// Whose figures of the links these are, where the GPU is another one.
  package var borrowedNote: String? {
    guard let parts = cluster.parts, let kernels = parts.kernels, let links = parts.links,
      let gpu = prices.linksMeasuredWith
    else { return nil }
    return "Between nodes, figures of \(kernels) over \(links) were measured with \(gpu), not with \(parts.gpu)."
  }

  /// Where prices are used beyond where they were measured: one for each kernel.
  ///
  /// - Parameter stepTokens: of the smallest step and of the largest; nil without a step.
  func extrapolationNotes(stepTokens: ClosedRange<Int>?) -> [String] {
    let sizes: [MeasuredSize: Int] = [
      .ranks: cluster.ranks, .hidden: model.hidden, .intermediate: model.expertIntermediate, .experts: model.experts,
      .topK: topK,
    ]
    var used = sizes.mapValues { $0...$0 }
    // A step of fewer tokens than ranks has one on some rank.
    func onARank(_ tokens: Int) -> Int { (tokens + cluster.ranks - 1) / cluster.ranks }
    used[.tokens] = stepTokens.map { onARank($0.lowerBound)...onARank($0.upperBound) }
    return kernels.compactMap { kernel in
      let beyond = kernel.error.measured.exceeded(by: used)
      guard !beyond.isEmpty else { return nil }
      let parts = beyond.map { "\($0.size.noun) \(text($0.used)) (measured: \(text($0.measured)))" }
      return "Prices of \(kernel.name) are extrapolated, and may be off further than their errors say: "
        + parts.joined(separator: ", ") + "."
    }
  }
}

private func text(_ range: ClosedRange<Int>) -> String {
  range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound)…\(range.upperBound)"
}

extension MeasuredSize {
  fileprivate var noun: String {
    switch self {
    case .ranks: "ranks"
    case .tokens: "tokens per rank"
    case .hidden: "hidden size"
    case .intermediate: "expert size"
    case .experts: "experts"
    case .topK: "top-k"
    }
  }
}
