import Containers
import Diagnostics
import Files

/// Pruning: the least salient experts of each layer go, learned on the first steps, which stay as they are, or as a file
/// ranks them.
///
/// REAP (arXiv 2510.13999) weights gates with the norm of an expert's output, which no routing trace has: `gate-mean` is
/// the mean gate alone, and a file can bring the rest.
public struct PruneRewrite: RouterRewrite {
  public static let usualLearning = 16
  public static let maximumLearning = 1_000_000
  /// Entries of a table of pairs, 256 MiB.
  static let maximumPairs = 1 << 25

  private let share: Double?
  private let number: Int?
  private let rule: String
  private let learn: Int
  private let refills: Bool
  private let saliency: LoadMatrix?
  private let keys: RouterKeys
  private var learning: RouterLearning?
  /// `[layers][experts]`; empty until it is known.
  private var isPruned: [Bool] = []
  private var lacksGates = false
  public private(set) var removedExperts = 0

  public init(_ keys: RouterKeys) throws(InputError) {
    try keys.require(only: ["share", "experts", "by", "learn", "refill", "file"])
    self.keys = keys
    guard (keys.text("share") == nil) != (keys.text("experts") == nil) else {
      throw keys.failure("needs one of share, 0…1, and experts, the number that goes of each layer")
    }
    share = try keys.text("share").map { text throws(InputError) in
      guard let share = Double(text), share >= 0, share < 1 else {
        throw keys.failure("share: \(text), expected 0 or more, below 1")
      }
      return share
    }
    number = keys.text("experts") == nil ? nil : try keys.count("experts", in: 0...TraceHeader.maximumExperts)
    let file = keys.text("file")
    rule = try keys.choice("by", of: file == nil ? ["frequency", "gate-mean", "gate-sum", "file"] : ["file"])
    guard (rule == "file") == (file != nil) else { throw keys.failure("by: file needs file, a path") }
    guard file == nil || keys.text("learn") == nil else { throw keys.failure("learn means nothing to a file") }
    learn = file == nil ? try keys.count("learn", in: 1...Self.maximumLearning, or: Self.usualLearning) : 0
    refills = try keys.choice("refill", of: ["none", "most-likely"]) == "most-likely"
    guard !refills || file == nil else { throw keys.failure("refill: most-likely needs steps to learn from, no file") }
    saliency = try file.map { path throws(InputError) in
      let text = try readWhole(path)
      do throws(InputError) {
        if let matrix = try LoadMatrix(json: text) { return matrix }
      } catch { throw error.attributed(to: path) }
      throw InputError("expected [layers][experts] in JSON", in: path)
    }
  }

  private func pruned(of experts: Int) -> Int { number ?? Int((share ?? 0) * Double(experts) + 1e-9) }

  public var assumed: [String] {
    var assumed = [String]()
    if learn > 0 { assumed.append("learned on the first \(learn) steps, which stay as they are") }
    if learn > 0, isPruned.isEmpty { assumed.append("the trace ended before: nothing was pruned") }
    if rule.hasPrefix("gate"), lacksGates { assumed.append("no gates were recorded: ranked by frequency") }
    if refills { assumed.append("visits to what is gone went where co-activation makes them most likely: a guess") }
    return assumed
  }

  public func check(_ header: TraceHeader) throws(InputError) {
    let left = header.experts - pruned(of: header.experts)
    guard left >= header.topK ?? 1 else {
      throw keys.failure("leaves \(max(0, left)) of \(header.experts) experts, fewer than top-\(header.topK ?? 1)")
    }
    if let saliency {
      guard saliency.layers == header.layers, saliency.experts == header.experts else {
        throw keys.failure(
          "file: \(saliency.layers) layers of \(saliency.experts) experts, but trace '\(header.name)' has "
            + "\(header.layers) of \(header.experts)")
      }
    }
    guard header.content == .tokens || !refills && !rule.hasPrefix("gate") else {
      throw keys.failure("gates and refill need tokens, but trace '\(header.name)' holds counts")
    }
    guard !refills || header.layers * header.experts * header.experts <= Self.maximumPairs else {
      throw keys.failure("refill: most-likely counts pairs of experts, which are too many")
    }
  }

  public mutating func rewrite(_ step: inout RoutingStep, of header: TraceHeader) {
    let topK = header.topK ?? 1
    var known = learning ?? RouterLearning(header, countsPairs: refills)
    learning = nil
    if known.steps < learn {
      lacksGates = lacksGates || step.weights == nil
      known.add(step, topK: topK)
      learning = known
      return
    }
    if isPruned.isEmpty { choose(by: known, of: header) }
    learning = known
    for place in step.counts.indices where isPruned[place] { step.counts[place] = 0 }
    let width = step.tokens * topK
    for first in stride(from: 0, to: step.experts.count, by: topK) {
      let layer = first / width
      for place in first..<first + topK where step.experts[place] != RoutingStep.dropped {
        guard isPruned[layer * header.experts + Int(step.experts[place])] else { continue }
        let token = refills ? Set(step.experts[first..<first + topK].map { Int($0) }) : []
        if refills, let expert = likeliest(beside: token, layer: layer, known) {
          step.experts[place] = UInt16(expert)
        } else {
          step.drop(place)
        }
      }
    }
  }

  private mutating func choose(by known: RouterLearning, of header: TraceHeader) {
    let count = pruned(of: header.experts)
    isPruned = Array(repeating: false, count: header.layers * header.experts)
    removedExperts = count
    let figure: [Double] =
      switch rule {
      case "file": saliency?.values ?? []
      case "gate-sum" where !lacksGates: known.gates
      case "gate-mean" where !lacksGates: zip(known.gates, known.visits).map { $1 > 0 ? $0 / $1 : 0 }
      default: known.visits
      }
    for layer in 0..<header.layers {
      for expert in known.ranked(figure, layer: layer).suffix(count) {
        isPruned[layer * header.experts + expert] = true
      }
    }
  }

  /// The expert that is left, not among the token's, and was chosen most often together with those of them that are
  /// left; the most frequent, then the lowest, of equal ones.
  private func likeliest(beside token: Set<Int>, layer: Int, _ known: RouterLearning) -> Int? {
    let row = layer * known.experts
    let others = token.filter { $0 < known.experts && !isPruned[row + $0] }
    func score(_ expert: Int) -> (Double, Double, Int) {
      let pairs = others.reduce(0.0) { $0 + known.together[(row + expert) * known.experts + $1] }
      return (pairs, known.visits[row + expert], -expert)
    }
    return (0..<known.experts).filter { !isPruned[row + $0] && !token.contains($0) }
      .max { score($0) < score($1) }
  }
}
