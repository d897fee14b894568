import PerformanceModel

/// What the layers of a policy waited for, counted over steps.
package struct BottleneckTotals: Sendable {
  /// One layer over all steps.
  private struct Layer {
    /// Steps whose experts' time is known.
    var steps = 0.0
    /// `[Bottleneck.allCases]` steps.
    var waits = Bottleneck.allCases.map { _ in 0.0 }
    /// What the slowest rank's kernels cost, step by step.
    var cost = ExpertCost()
    var hasStalls = false
  }

  private var layers: [Layer] = []
  private var decode = 0.0
  /// Expert weights read, over all ranks, layers and steps.
  package private(set) var touchedExperts = 0.0

  package init() {}

  /// Leaves out layers whose expert compute is not known.
  ///
  /// - Parameter index: of the layer in the trace.
  package mutating func add(_ layer: LayerOutcome, at index: Int) {
    guard let experts = layer.expertCost else { return }
    while layers.count <= index { layers.append(Layer()) }
    if layer.isDecode { decode += 1 }
    touchedExperts += experts.touchedExperts
    let bottleneck = Bottleneck(
      communication: layer.time.communication, experts: experts, stall: layer.time.stall)
    layers[index].steps += 1
    layers[index].cost.add(experts)
    if layer.time.stall > 0 { layers[index].hasStalls = true }
    for (kind, candidate) in Bottleneck.allCases.enumerated() where candidate == bottleneck {
      layers[index].waits[kind] += 1
    }
  }

  private var steps: Double { layers.reduce(0) { $0 + $1.steps } }

  /// Whether all layers were decode or none was; nil when there are some of both, or none at all.
  package var isDecode: Bool? { steps > 0 && (decode == 0 || decode == steps) ? decode > 0 : nil }

  /// Nil when no layer's expert compute is known.
  package var result: PolicyResult.BoundBy? {
    guard steps > 0 else { return nil }
    func fraction(_ bottleneck: Bottleneck) -> Double {
      layers.reduce(0) { $0 + $1.waits[Bottleneck.allCases.firstIndex(of: bottleneck) ?? 0] } / steps
    }
    return PolicyResult.BoundBy(
      communication: fraction(.communication), memory: fraction(.memory), math: fraction(.math),
      fetch: layers.contains { $0.hasStalls } ? fraction(.fetch) : nil)
  }

  /// Nil when no layer's expert compute is known.
  ///
  /// - Parameter numbers: of the layers in the model.
  package func roofline(of compute: ExpertCompute, layerNumbers numbers: [Int]) -> PolicyResult.Roofline? {
    guard steps > 0 else { return nil }
    let all = layers.reduce(into: ExpertCost()) { $0.add($1.cost) }
    return PolicyResult.Roofline(
      ridgePoint: compute.ridgePoint, intensity: compute.intensity(all), usefulIntensity: compute.usefulIntensity(all),
      flopsPerSecond: compute.flopsPerSecond(all),
      layers: layers.indices.map { index in
        let (waits, cost) = (layers[index].waits, layers[index].cost)
        let most = waits.firstIndex(of: waits.max() ?? 0) ?? 0
        return .init(
          layer: numbers[index], boundBy: Bottleneck.allCases[most].rawValue, intensity: compute.intensity(cost),
          usefulIntensity: compute.usefulIntensity(cost), flopsPerSecond: compute.flopsPerSecond(cost))
      })
  }
}

extension PolicyResult {
  /// Fractions of the layers, over all steps, that waited longest for each.
  public struct BoundBy: Codable, Equatable, Sendable {
    public var communication: Double
    /// Expert kernels, more for memory than for arithmetic.
    public var memory: Double
    /// Expert kernels, more for arithmetic than for memory.
    public var math: Double
    /// Experts that a rank did not have at hand; absent where none was waited for.
    public var fetch: Double?
  }

  /// The experts' kernels of the slowest rank in each layer, against the roofline; see `ExpertCompute.ridgePoint`.
  public struct Roofline: Codable, Equatable, Sendable {
    public struct Layer: Codable, Equatable, Sendable {
      /// Number of the layer in the model.
      public var layer: Int
      /// What most of its steps waited longest for: `communication`, `memory`, `math` or `fetch`.
      public var boundBy: String
      /// Operations per byte over all steps, padding counted.
      public var intensity: Double
      /// The same without padding.
      public var usefulIntensity: Double?
      /// Operations on tokens per second of the slowest rank's kernels.
      public var flopsPerSecond: Double?
    }

    /// Operations per byte above which the kernels are bound by arithmetic.
    public var ridgePoint: Double
    /// Operations per byte over all layers and steps, padding counted.
    public var intensity: Double
    /// The same without padding; absent from results of older versions, as is `flopsPerSecond`.
    public var usefulIntensity: Double?
    /// Operations on tokens per second of the slowest ranks' kernels.
    public var flopsPerSecond: Double?
    public var layers: [Layer]
  }
}
