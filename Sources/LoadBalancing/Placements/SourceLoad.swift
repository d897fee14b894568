/// Tokens per source rank and expert, `[layers][ranks][experts]`, measured or predicted.
public struct SourceLoad: Equatable, Sendable {
  public let layers: Int
  public let ranks: Int
  public let experts: Int
  /// Layer-major, then rank by rank.
  public var values: [Double]

  public init(layers: Int, ranks: Int, experts: Int, values: [Double]) {
    precondition(values.count == layers * ranks * experts)
    self.layers = layers
    self.ranks = ranks
    self.experts = experts
    self.values = values
  }

  /// `[experts]` tokens of a layer that start on a rank.
  public subscript(layer: Int, rank: Int) -> ArraySlice<Double> {
    let start = (layer * ranks + rank) * experts
    return values[start..<start + experts]
  }
}
