import Diagnostics

/// A capacity factor: an expert keeps at most C = ⌈factor · T · k / E⌉ of a step's visits, of T tokens with k of E
/// experts. Source: Capacity-Aware Inference, arXiv 2503.05066.
///
/// Those of the largest gates are kept, or the first. Of a trace of counts, T · k are the layer's visits.
public struct CapacityRewrite: RouterRewrite {
  public static let maximumFactor = 1e6

  private let factor: Double
  private let byGate: Bool
  private var lacksGates = false

  public init(_ keys: RouterKeys) throws(InputError) {
    try keys.require(only: ["factor", "by"])
    factor = try keys.positive("factor", most: Self.maximumFactor)
    byGate = try keys.choice("by", of: ["gate", "order"]) == "gate"
  }

  public var assumed: [String] {
    byGate && lacksGates ? ["no gates were recorded: the first visits to an expert were kept"] : []
  }

  public func check(_ header: TraceHeader) throws(InputError) {}

  /// - Parameter visits: T · k.
  func capacity(visits: Int, experts: Int) -> Int {
    // A product that is whole but for its last bits is whole.
    let exact = factor * Double(visits) / Double(experts)
    return max(1, Int((exact * (1 - 1e-12)).rounded(.up)))
  }

  public mutating func rewrite(_ step: inout RoutingStep, of header: TraceHeader) {
    for layer in 0..<header.layers {
      if header.content == .counts {
        cut(&step.counts, in: layer * header.experts..<(layer + 1) * header.experts)
      } else {
        drop(from: &step, layer: layer, of: header)
      }
    }
  }

  private func cut(_ counts: inout [UInt64], in row: Range<Int>) {
    let most = UInt64(capacity(visits: Int(counts[row].reduce(0, +)), experts: row.count))
    for place in row { counts[place] = min(counts[place], most) }
  }

  private mutating func drop(from step: inout RoutingStep, layer: Int, of header: TraceHeader) {
    let width = step.tokens * (header.topK ?? 1)
    let most = capacity(visits: width, experts: header.experts)
    lacksGates = lacksGates || step.weights == nil
    var places: [[Int]] = Array(repeating: [], count: header.experts)
    for place in layer * width..<(layer + 1) * width where step.experts[place] != RoutingStep.dropped {
      places[Int(step.experts[place])].append(place)
    }
    for var visits in places where visits.count > most {
      if byGate, let gates = step.weights { visits.sort { (gates[$1], $0) < (gates[$0], $1) } }
      for place in visits[most...] { step.drop(place) }
    }
  }
}

extension RoutingStep {
  /// Drops the visit at a place of `experts`.
  mutating func drop(_ place: Int) {
    experts[place] = Self.dropped
    weights?[place] = 0
    hasDropped = true
  }
}
