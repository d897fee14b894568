import Diagnostics

extension RoutingStep {
  /// The most tokens that a counts trace may give one expert in one step.
  package static let maximumCount: UInt64 = 1 << 40
  /// The most visits that one layer may have in one step, and the most tokens of a step.
  package static let maximumVisits: UInt64 = 1 << 48
  /// The most visits of all layers and steps of a counts trace, which are added up.
  package static let maximumVisitsInAll: UInt64 = 1 << 62

  /// Checks the step against the header of its trace.
  ///
  /// - Throws: `InputError` with the step and layer: an array of the wrong size, an expert id out of range, an expert
  ///   that is repeated in one token's top-k, a weight that is not finite, an absurd count, a step without tokens.
  public func validate(against header: TraceHeader) throws(InputError) {
    try validate(against: header, hasValidIDs: false)
  }

  /// - Parameter hasValidIDs: whether ids were seen to be below the experts of the header, and none twice for a token.
  func validate(against header: TraceHeader, hasValidIDs: Bool) throws(InputError) {
    guard number >= 0 else { throw InputError("step number \(number), expected 0 or more") }
    switch header.content {
    case .tokens: try validateTokens(header, hasValidIDs: hasValidIDs)
    case .counts: try validateCounts(header)
    }
  }

  private func failure(_ message: String, layer: Int? = nil) -> InputError {
    InputError(message, at: .init(step: number, layer: layer))
  }

  private func validateTokens(_ header: TraceHeader, hasValidIDs: Bool) throws(InputError) {
    let topK = header.topK ?? 0
    guard tokens > 0 else { throw failure("no tokens") }
    let (perLayer, overflow) = tokens.multipliedReportingOverflow(by: topK)
    let (all, overflowAll) = perLayer.multipliedReportingOverflow(by: header.layers)
    guard !overflow, !overflowAll, experts.count == all, counts.isEmpty else {
      throw failure("\(experts.count) expert ids, expected \(header.layers) layers × \(tokens) tokens × top-\(topK)")
    }
    for (name, count) in [
      ("sources", sources?.count), ("sequences", sequences?.count), ("token ids", tokenIDs?.count),
    ] {
      if let count, count != tokens { throw failure("\(count) \(name) for \(tokens) tokens") }
    }
    if let count = weights?.count, count != all { throw failure("\(count) weights for \(all) expert ids") }
    guard !hasDropped || header.experts < TraceHeader.maximumExperts else {
      throw failure("dropped visits in a trace of \(header.experts) experts, expected fewer")
    }
    if !hasValidIDs {
      let isValid =
        hasDropped
        ? Self.isValidPartialRouting(experts, experts: header.experts, topK: topK)
        : Self.isValidRouting(experts, experts: header.experts, topK: topK)
      guard isValid else { throw routingFailure(header, topK: topK) }
    }
    if let weights, !Self.isFinite(weights), let bad = weights.firstIndex(where: { !$0.isFinite }) {
      let place = bad % perLayer
      throw failure("token \(place / topK): weight \(weights[bad]), expected a finite number", layer: bad / perLayer)
    }
  }

  /// Finds and describes the first wrong id.
  private func routingFailure(_ header: TraceHeader, topK: Int) -> InputError {
    var lastSeen = [Int](repeating: -1, count: header.experts)
    for (index, expert) in experts.enumerated() where !hasDropped || expert != Self.dropped {
      let token = index / topK
      let layer = token / tokens
      guard Int(expert) < header.experts else {
        return failure(
          "token \(token % tokens): expert \(expert), expected an id below \(header.experts)", layer: layer)
      }
      guard lastSeen[Int(expert)] != token else {
        return failure("token \(token % tokens): expert \(expert) twice in its top-\(topK)", layer: layer)
      }
      lastSeen[Int(expert)] = token
    }
    return failure("invalid routing")
  }

  private func validateCounts(_ header: TraceHeader) throws(InputError) {
    guard experts.isEmpty, !hasDropped, weights == nil, sources == nil, sequences == nil, tokenIDs == nil else {
      throw failure("a step of a counts trace holds counts only")
    }
    guard (1...Int(Self.maximumVisits)).contains(tokens) else {
      throw failure(tokens == 0 ? "no tokens" : "\(tokens) tokens, expected at most \(Self.maximumVisits)")
    }
    guard counts.count == header.layers * header.experts else {
      throw failure("\(counts.count) counts, expected \(header.layers) layers × \(header.experts) experts")
    }
    for layer in 0..<header.layers {
      let row = counts[layer * header.experts..<(layer + 1) * header.experts]
      var visits: UInt64 = 0
      for (expert, count) in zip(0..., row) {
        guard count <= Self.maximumCount else {
          throw failure("expert \(expert): \(count) tokens, expected at most \(Self.maximumCount)", layer: layer)
        }
        visits += count
      }
      guard visits > 0 else { throw failure("no tokens", layer: layer) }
      guard visits <= Self.maximumVisits else {
        throw failure("\(visits) visits, expected at most \(Self.maximumVisits)", layer: layer)
      }
    }
  }

  /// The `tokens` of a counts step: visits of the first layer divided by top-k, if known.
  package static func tokens(ofCounts counts: [UInt64], header: TraceHeader) -> Int {
    // Counts are held against their limits after this.
    let visits = counts.prefix(header.experts).reduce(0) { $0 &+ min($1, maximumCount) }
    return max(1, Int(visits) / (header.topK ?? 1))
  }
}
