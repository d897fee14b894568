import PerformanceModel

extension ReplayResult {
  /// What prices were held against no measurement, and where they are used beyond where they were measured.
  static func priceNotes(on setting: ReplaySetting, passed: PassedSteps) -> [String] {
    let kernels = kernels(of: setting)
    let used = sizes(on: setting, passed: passed)
    return [notValidated(kernels, on: setting), borrowed(on: setting)].compactMap(\.self) + kernels.compactMap { extrapolated($0, to: used) }
  }

  private typealias PricedKernel = (name: String, fixed: String, rate: String, error: PriceError)

  /// Those that the replay has times of.
  private static func kernels(of setting: ReplaySetting) -> [PricedKernel] {
    let uncertainty = setting.uncertainty
    let communication = ("communication", "latency", "bandwidth", uncertainty.communication)
    let experts = ("experts", "launch", "memory and arithmetic", uncertainty.experts)
    return [communication] + (setting.compute == nil ? [] : [experts])
  }

  private static func notValidated(_ kernels: [PricedKernel], on setting: ReplaySetting) -> String? {
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
      "Prices on \(setting.cluster.name) are not validated for \(parts.joined(separator: " and ")): no measurement "
      + "was held against them. Their errors are taken to be as wide as the widest known (\(PriceError.widest) rms in log)."
  }

  private static func borrowed(on setting: ReplaySetting) -> String? {
    guard let parts = setting.cluster.parts, let kernels = parts.kernels, let links = parts.links,
      let gpu = setting.prices.linksMeasuredWith
    else { return nil }
    return "Between nodes, figures of \(kernels) over \(links) were measured with \(gpu), not with \(parts.gpu)."
  }

  /// From the least to the most.
  private static func sizes(on setting: ReplaySetting, passed: PassedSteps) -> [MeasuredSize: ClosedRange<Int>] {
    let (model, ranks) = (setting.model, setting.cluster.ranks)
    let sizes: [MeasuredSize: Int] = [
      .ranks: ranks, .hidden: model.hidden, .experts: model.experts, .topK: setting.topK,
      .intermediate: model.expertIntermediate,
    ]
    var ranges = sizes.mapValues { $0...$0 }
    // A step of fewer tokens than ranks has one on some rank.
    ranges[.tokens] = passed.stepTokens.map {
      ($0.lowerBound + ranks - 1) / ranks...($0.upperBound + ranks - 1) / ranks
    }
    return ranges
  }

  private static func extrapolated(
    _ kernel: PricedKernel, to used: [MeasuredSize: ClosedRange<Int>]
  ) -> String? {
    let beyond = kernel.error.measured.exceeded(by: used)
    guard !beyond.isEmpty else { return nil }
    let parts = beyond.map { "\($0.size.noun) \(text($0.used)) (measured: \(text($0.measured)))" }
    return "Prices of \(kernel.name) are extrapolated, and may be off further than their errors say: "
      + parts.joined(separator: ", ") + "."
  }

  private static func text(_ range: ClosedRange<Int>) -> String {
    range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound)…\(range.upperBound)"
  }
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
