/// Tries placements of single layers on steps that are over.
public struct PlacementTrial: Sendable {
  /// `[steps]` what was loaded in each, oldest first.
  public var loads: [ExpertLoad]
  /// Steps that these stand for: what held over so many is taken to hold over as many more.
  public var span: Double
  /// Microseconds of a layer of these steps under a placement, on average, as they would have been served.
  public var time: @Sendable (_ layer: Int, _ placement: LayerPlacement) throws -> Double

  public init(
    loads: [ExpertLoad], span: Double,
    time: @escaping @Sendable (_ layer: Int, _ placement: LayerPlacement) throws -> Double
  ) {
    self.loads = loads
    self.span = span
    self.time = time
  }
}
