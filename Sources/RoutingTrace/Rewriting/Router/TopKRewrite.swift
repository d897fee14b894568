import Diagnostics

/// Fewer experts per token: those of its largest gates are kept, the first of equal ones.
public struct TopKRewrite: RouterRewrite {
  private let keep: Int
  private let keys: RouterKeys
  private var lacksGates = false

  public init(_ keys: RouterKeys) throws(InputError) {
    try keys.require(only: ["keep"])
    self.keys = keys
    keep = try keys.count("keep", in: 1...TraceHeader.maximumTopK)
  }

  public var assumed: [String] {
    lacksGates ? ["no gates were recorded: a token's experts are taken to be in the router's order, best first"] : []
  }

  public func check(_ header: TraceHeader) throws(InputError) {
    guard header.content == .tokens else {
      throw keys.failure("needs tokens, but trace '\(header.name)' holds counts")
    }
  }

  public mutating func rewrite(_ step: inout RoutingStep, of header: TraceHeader) {
    let topK = header.topK ?? 1
    lacksGates = lacksGates || step.weights == nil
    for first in stride(from: 0, to: step.experts.count, by: topK) {
      var places = (first..<first + topK).filter { step.experts[$0] != RoutingStep.dropped }
      guard places.count > keep else { continue }
      if let gates = step.weights { places.sort { (gates[$1], $0) < (gates[$0], $1) } }
      for place in places[keep...] { step.drop(place) }
    }
  }
}
