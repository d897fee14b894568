import PerformanceModel

/// What the layers of a policy waited for, counted over steps.
package struct BottleneckTotals: Sendable {
  /// One layer over all steps.
  private struct Layer {
    /// Steps whose experts' time is known.
    var steps = 0.0
    /// `[Bottleneck.allCases]` steps.
    var waits = Bottleneck.allCases.map { _ in 0.0 }
    /// Microseconds of the slowest rank's kernels.
    var memory = 0.0
    var math = 0.0
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
    let bottleneck = Bottleneck(communication: layer.time.communication, experts: experts)
    layers[index].steps += 1
    layers[index].memory += experts.memory
    layers[index].math += experts.math
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
      communication: fraction(.communication), memory: fraction(.memory), math: fraction(.math))
  }

  /// Nil when no layer's expert compute is known.
  ///
  /// - Parameters:
  ///   - ridgePoint: of the expert kernels, operations per byte.
  ///   - numbers: of the layers in the model.
  package func roofline(ridgePoint: Double, layerNumbers numbers: [Int]) -> PolicyResult.Roofline? {
    guard steps > 0 else { return nil }
    func intensity(math: Double, memory: Double) -> Double { memory > 0 ? ridgePoint * math / memory : 0 }
    return PolicyResult.Roofline(
      ridgePoint: ridgePoint,
      intensity: intensity(
        math: layers.reduce(0) { $0 + $1.math }, memory: layers.reduce(0) { $0 + $1.memory }),
      layers: layers.indices.map { index in
        let waits = layers[index].waits
        let most = waits.firstIndex(of: waits.max() ?? 0) ?? 0
        return .init(
          layer: numbers[index], boundBy: Bottleneck.allCases[most].rawValue,
          intensity: intensity(math: layers[index].math, memory: layers[index].memory))
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
  }

  /// The experts' kernels of the slowest rank in each layer, against the roofline; see `ExpertCompute.ridgePoint`.
  public struct Roofline: Codable, Equatable, Sendable {
    public struct Layer: Codable, Equatable, Sendable {
      /// Number of the layer in the model.
      public var layer: Int
      /// What most of its steps waited longest for: `communication`, `memory` or `math`.
      public var boundBy: String
      /// Operations per byte over all steps, padding counted.
      public var intensity: Double
    }

    /// Operations per byte above which the kernels are bound by arithmetic.
    public var ridgePoint: Double
    /// Operations per byte over all layers and steps, padding counted.
    public var intensity: Double
    public var layers: [Layer]
  }
}
