/// Which experts to load before they are needed: one sibling for each rule.
///
/// A rule is told of every step and of every layer, in their order, and says each time what the layers to come want.
public protocol Prefetch: Sendable {
  /// Takes in that another step begins.
  ///
  /// - Parameter sequences: that have tokens in it, `[tokens]`; empty where the trace does not tell them apart.
  mutating func beginStep(sequences: [UInt32])

  /// Takes in a layer, and says what to load for those that follow, the most urgent first.
  mutating func wanted(after layer: ServedLayer) -> [WantedExpert]

  /// `[layers · experts]` how likely a visit is to each expert of its layer, by the last match; nil for a rule that
  /// matches nothing, and before the first match.
  var match: [Float]? { get }
}

extension Prefetch {
  public mutating func beginStep(sequences: [UInt32]) {}
  public var match: [Float]? { nil }
}

/// What the gate decided in one layer of a step, over all ranks.
public struct ServedLayer: Sendable {
  /// Of all ranks.
  public var need: LayerNeed
  /// Experts, `[tokens][topK]`; empty for a trace of counts.
  public var visits: ArraySlice<UInt16>
  public var topK: Int

  public init(need: LayerNeed, visits: ArraySlice<UInt16>, topK: Int) {
    self.need = need
    self.visits = visits
    self.topK = topK
  }
}

/// An expert that a layer to come is expected to need.
public struct WantedExpert: Equatable, Sendable {
  /// `layer · experts + expert`.
  public var item: Int
  /// Layers from the one that is served, from 1; the last layer of a step is followed by the first of the next.
  public var ahead: Int

  public init(item: Int, ahead: Int) {
    self.item = item
    self.ahead = ahead
  }
}
