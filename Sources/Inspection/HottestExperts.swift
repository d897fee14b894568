extension TraceInspection {
  /// What the most loaded experts of each layer get together, as the packet document's simulation prints it.
  public struct Hottest: Codable, Equatable, Sendable {
    /// Share of a layer's experts; HOT_RATIO there.
    public var ratio: Double
    /// ⌊ratio · experts⌋ of each layer.
    public var experts: Int
    /// Of all visits, over layers.
    public var share: Double
  }

  /// Shares of experts that are looked at unless others are asked for.
  public static let usualHotRatios = [0.1, 0.3, 0.5]

  /// - Parameter ratios: above 0, at most 1; those of less than one expert are left out.
  static func hottest(_ ratios: [Double], of layers: [Layer]) -> [Hottest] {
    let loads = layers.map { $0.load.sorted(by: >) }
    let visits = loads.joined().reduce(0, +)
    return ratios.compactMap { ratio in
      let count = Int(ratio * Double(loads[0].count))
      guard count > 0, visits > 0 else { return nil }
      let theirs = loads.reduce(0) { $0 + $1.prefix(count).reduce(0, +) }
      return Hottest(ratio: ratio, experts: count, share: Double(theirs) / Double(visits))
    }
  }
}
