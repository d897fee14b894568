import Diagnostics

extension TraceHeader {
  /// What a trace may declare; far above any model, low enough that a table of layers × experts is small.
  public static let maximumLayers = 4096
  public static let maximumExperts = 65_536
  public static let maximumTopK = 1024
  /// Layers × experts: a table of counts of 4 MiB.
  public static let maximumExpertsInAll = 1 << 19

  /// - Throws: `InputError` for a shape that no trace can have.
  public func validate() throws(InputError) {
    guard (1...Self.maximumLayers).contains(layers) else {
      throw InputError("\(layers) layers, expected 1…\(Self.maximumLayers)")
    }
    guard (1...Self.maximumExperts).contains(experts) else {
      throw InputError("\(experts) experts, expected 1…\(Self.maximumExperts)")
    }
    guard layers * experts <= Self.maximumExpertsInAll else {
      throw InputError(
        "\(layers) layers of \(experts) experts, expected at most \(Self.maximumExpertsInAll) experts in all")
    }
    if let topK {
      let most = min(experts, Self.maximumTopK)
      guard (1...most).contains(topK) else { throw InputError("top-\(topK), expected 1…\(most)") }
    } else if content == .tokens {
      throw InputError("the header has no 'topK', which a trace of tokens needs")
    }
    if let groups {
      guard groups >= 1, experts % groups == 0 else {
        throw InputError("\(groups) groups do not divide \(experts) experts")
      }
    }
    guard layerNumbers.allSatisfy({ (0...1_000_000).contains($0) }),
      zip(layerNumbers, layerNumbers.dropFirst()).allSatisfy({ $0 < $1 })
    else { throw InputError("layer numbers must ascend from 0 or more") }
  }
}
