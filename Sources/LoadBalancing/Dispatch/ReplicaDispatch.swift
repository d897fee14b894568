/// Chooses the replica that each token goes to, for all tokens of one layer of one step.
///
/// Values are scratch space of one thread; the choice depends on nothing but the arguments.
public protocol ReplicaDispatch {
  /// - Parameters:
  ///   - experts: `[tokens][topK]` experts of the layer.
  ///   - sources: `[tokens]` rank of each token.
  ///   - placement: the layer's placement, with its lookup tables.
  ///   - slots: `[tokens][topK]` receives the slot of each visit.
  mutating func assign(
    experts: Span<UInt16>, topK: Int, sources: Span<UInt32>, placement: LayerPlacement, ranksPerNode: Int,
    into slots: inout MutableSpan<UInt16>)

  /// Whether tokens of different sources are spread differently.
  var dependsOnSource: Bool { get }

  /// `[slots]` the fraction of its expert's visits from `source` that each slot takes in the long run: what `assign`
  /// comes to when only loads are known.
  ///
  /// - Parameter load: `[experts]` tokens.
  func expectedShares(placement: LayerPlacement, load: [Double], source: Int, ranksPerNode: Int) -> [Double]
}
