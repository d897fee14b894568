import Diagnostics

/// Merging: the most frequent experts of a layer stay, and each other one becomes the one of them that it was chosen
/// together with most often, learned on the first steps, which stay as they are. A token's visits to one that it visits
/// already are dropped.
public struct MergeRewrite: RouterRewrite {
  private let into: Int
  private let learn: Int
  private let keys: RouterKeys
  private var learning: RouterLearning?
  /// `[layers][experts]` what each has become; empty until it is known.
  private var merged: [Int] = []
  private var content = TraceHeader.Content.tokens
  public private(set) var removedExperts = 0

  public init(_ keys: RouterKeys) throws(InputError) {
    try keys.require(only: ["into", "by", "learn"])
    self.keys = keys
    into = try keys.count("into", in: 1...TraceHeader.maximumExperts)
    _ = try keys.choice("by", of: ["coactivation"])
    learn = try keys.count("learn", in: 1...PruneRewrite.maximumLearning, or: PruneRewrite.usualLearning)
  }

  public var assumed: [String] {
    ["learned on the first \(learn) steps, which stay as they are"]
      + (merged.isEmpty ? ["the trace ended before: nothing was merged"] : [])
      + (content == .counts
        ? ["a trace of counts has no pairs: experts were merged so that loads are even, and no visits collapse"] : [])
  }

  public func check(_ header: TraceHeader) throws(InputError) {
    guard into >= header.topK ?? 1, into <= header.experts else {
      throw keys.failure("into: \(into), expected \(header.topK ?? 1)…\(header.experts) of \(header.experts) experts")
    }
    guard header.content == .counts || header.layers * header.experts * header.experts <= PruneRewrite.maximumPairs
    else { throw keys.failure("counts pairs of experts, which are too many") }
  }

  public mutating func rewrite(_ step: inout RoutingStep, of header: TraceHeader) {
    let topK = header.topK ?? 1
    content = header.content
    var known = learning ?? RouterLearning(header, countsPairs: header.content == .tokens)
    learning = nil
    if known.steps < learn {
      known.add(step, topK: topK)
      learning = known
      return
    }
    if merged.isEmpty { choose(by: known, of: header) }
    learning = known
    if header.content == .counts {
      let before = step.counts
      for place in step.counts.indices { step.counts[place] = 0 }
      for (place, count) in before.enumerated() {
        step.counts[place / header.experts * header.experts + merged[place]] += count
      }
      return
    }
    let width = step.tokens * topK
    for first in stride(from: 0, to: step.experts.count, by: topK) {
      var seen = Set<Int>()
      for place in first..<first + topK where step.experts[place] != RoutingStep.dropped {
        let expert = merged[first / width * header.experts + Int(step.experts[place])]
        step.experts[place] = UInt16(expert)
        if !seen.insert(expert).inserted { step.drop(place) }
      }
    }
  }

  private mutating func choose(by known: RouterLearning, of header: TraceHeader) {
    removedExperts = header.experts - into
    for layer in 0..<header.layers {
      let ranked = known.ranked(known.visits, layer: layer)
      let centres = ranked.prefix(into).sorted()
      var target = Array(0..<header.experts)
      var loads = known.visits[layer * header.experts..<(layer + 1) * header.experts].map(\.self)
      for expert in ranked.dropFirst(into) {
        let row = (layer * header.experts + expert) * header.experts
        func comesAfter(_ a: Int, _ b: Int) -> Bool {
          header.content == .tokens
            ? (known.together[row + a], -a) < (known.together[row + b], -b) : (-loads[a], -a) < (-loads[b], -b)
        }
        target[expert] = centres.max(by: comesAfter) ?? expert
        loads[target[expert]] += loads[expert]
      }
      merged += target
    }
  }
}
