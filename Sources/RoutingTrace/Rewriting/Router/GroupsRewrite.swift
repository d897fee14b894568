import Diagnostics

/// A limit of groups: a token keeps its visits in `keep` of as many equal groups of neighbouring experts, nodes for
/// example. Those with the largest sum of its gates, of its two best gates (DeepSeek-V3), or with most visits, are kept;
/// the lowest group of equal ones.
public struct GroupsRewrite: RouterRewrite {
  private let groups: Int
  private let keep: Int
  private let rule: String
  private let keys: RouterKeys
  private var lacksGates = false

  public init(_ keys: RouterKeys) throws(InputError) {
    try keys.require(only: ["groups", "keep", "by"])
    self.keys = keys
    groups = try keys.count("groups", in: 1...TraceHeader.maximumExperts)
    keep = try keys.count("keep", in: 1...TraceHeader.maximumExperts)
    rule = try keys.choice("by", of: ["gate", "two-best", "visits"])
    guard keep <= groups else { throw keys.failure("keep: \(keep), expected at most the \(groups) groups") }
  }

  public var assumed: [String] {
    (rule != "visits" && lacksGates ? ["no gates were recorded: groups were chosen by a token's visits"] : [])
      + ["what the router would have chosen within the groups instead is not known: those visits are dropped"]
  }

  public func check(_ header: TraceHeader) throws(InputError) {
    guard header.content == .tokens else {
      throw keys.failure("needs tokens, but trace '\(header.name)' holds counts")
    }
    guard header.experts % groups == 0 else {
      throw keys.failure("groups: \(groups) do not divide \(header.experts) experts")
    }
  }

  public mutating func rewrite(_ step: inout RoutingStep, of header: TraceHeader) {
    let (topK, size) = (header.topK ?? 1, header.experts / groups)
    lacksGates = lacksGates || step.weights == nil
    for first in stride(from: 0, to: step.experts.count, by: topK) {
      let places = (first..<first + topK).filter { step.experts[$0] != RoutingStep.dropped }
      let byGroup = Dictionary(grouping: places) { Int(step.experts[$0]) / size }
      guard byGroup.count > keep else { continue }
      let scores = byGroup.mapValues { score($0.map { place in step.weights?[place] }) }
      let ranked = scores.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      for (group, _) in ranked[keep...] { for place in byGroup[group] ?? [] { step.drop(place) } }
    }
  }

  private func score(_ gates: [Float?]) -> Double {
    let known = gates.compactMap { $0.map(Double.init) }
    guard rule != "visits", known.count == gates.count else { return Double(gates.count) }
    return (rule == "two-best" ? Array(known.sorted(by: >).prefix(2)) : known).reduce(0, +)
  }
}
