import Diagnostics

/// The steps of a source as another router would have had them, and what that came to.
public final class RouterSteps: StepSource {
  public let header: TraceHeader
  public var digest: String? { source.digest }
  public var origin: StepOrigin {
    var origin = source.origin
    origin.removedExperts = removedExperts
    return origin
  }
  public var notes: [String] { source.notes }
  public var fraction: Double? { source.fraction }
  private let source: any StepSource
  private var stages: [Stage] = []

  private struct Stage {
    var rewrite: any RouterRewrite
    var tally: RouterTally
    let isRepeated: Bool
  }

  /// - Parameter recipes: in their order.
  /// - Throws: `InputError` (usage) for one that does not fit the trace.
  public init(_ recipes: [RouterRecipe], of source: any StepSource) throws(InputError) {
    self.source = source
    var header = source.header
    if var provenance = header.provenance {
      let done = "rewritten: " + recipes.map(\.text).joined(separator: ", then ")
      provenance.method = [provenance.method, done].compactMap(\.self).joined(separator: "; ")
      header.provenance = provenance
    }
    self.header = header
    var kinds = Set<String>()
    for recipe in recipes {
      let rewrite = try recipe.make()
      guard header.experts < TraceHeader.maximumExperts else {
        throw InputError(
          "a trace of \(header.experts) experts, expected fewer", in: "\(RouterRewrites.option) \(recipe.text)",
          status: .usage)
      }
      try rewrite.check(header)
      stages.append(
        Stage(
          rewrite: rewrite, tally: RouterTally(recipe.text, kind: recipe.kind),
          isRepeated: !kinds.insert(recipe.kind).inserted))
    }
  }

  /// - Throws: what the source throws; `InputError` for a layer of counts that is left without visits.
  public func next() throws -> RoutingStep? {
    guard var step = try source.next() else { return nil }
    for index in stages.indices {
      let before = step
      stages[index].rewrite.rewrite(&step, of: header)
      stages[index].tally.add(before, step, header: header)
    }
    if header.content == .counts { try step.validate(against: header) }
    return step
  }

  /// What each rewrite did to the steps so far.
  public var tallies: [RouterTally] {
    stages.map { stage in
      var tally = stage.tally
      tally.assumed = stage.rewrite.assumed
      if stage.isRepeated { tally.assumed.append("a second rewrite of this kind, of what the first left") }
      return tally
    }
  }

  /// Experts of each layer that nobody visits any more.
  public var removedExperts: Int { stages.map(\.rewrite.removedExperts).max() ?? 0 }
}

/// What a rewrite did to the steps of a trace.
public struct RouterTally: Codable, Equatable, Sendable {
  /// The rewrite as it was asked for, and its kind.
  public var rewrite: String
  public var kind: String
  /// Visits before it, and those that it dropped, of all layers and steps.
  public var visits = 0
  public var droppedVisits = 0
  /// Tokens of a layer whose visits it changed, and those that it left without any, summed over layers; absent for
  /// counts.
  public var alteredTokens: Int?
  public var tokensWithout: Int?
  /// Share of the gates' sum that was dropped; absent where gates were not recorded.
  public var gateMassLost: Double?
  /// What it takes for granted; empty where it is exact.
  public var assumed: [String] = []
  private var gates = 0.0
  private var lost = 0.0

  private enum CodingKeys: String, CodingKey {
    case rewrite, kind, visits, droppedVisits, alteredTokens, tokensWithout, gateMassLost, assumed
  }

  init(_ rewrite: String, kind: String) { (self.rewrite, self.kind) = (rewrite, kind) }

  mutating func add(_ before: RoutingStep, _ after: RoutingStep, header: TraceHeader) {
    guard header.content == .tokens else {
      let (had, has) = (before.counts.reduce(0, +), after.counts.reduce(0, +))
      visits += Int(had)
      droppedVisits += Int(had - has)
      return
    }
    let dropped = before.droppedVisits
    visits += before.experts.count - dropped
    droppedVisits += after.droppedVisits - dropped
    var (altered, without) = (alteredTokens ?? 0, tokensWithout ?? 0)
    defer { (alteredTokens, tokensWithout) = (altered, without) }
    addGates(before, after)
    guard after.experts != before.experts else { return }
    let topK = header.topK ?? 1
    for first in stride(from: 0, to: after.experts.count, by: topK) {
      let (had, has) = (before.experts[first..<first + topK], after.experts[first..<first + topK])
      guard had != has else { continue }
      altered += 1
      if has.allSatisfy({ $0 == RoutingStep.dropped }) { without += 1 }
    }
  }

  private mutating func addGates(_ before: RoutingStep, _ after: RoutingStep) {
    guard let weights = before.weights else { return }
    for (place, gate) in weights.enumerated() where before.experts[place] != RoutingStep.dropped {
      gates += Double(gate)
      if after.experts[place] == RoutingStep.dropped { lost += Double(gate) }
    }
    gateMassLost = gates > 0 ? lost / gates : nil
  }
}

extension RouterTally {
  /// `capacity:factor=1.25: 170432 of 491520 visits dropped (34.68 %), …`.
  public var sentence: String {
    func percent(_ part: Int, _ whole: Int) -> String {
      let share = whole > 0 ? 1e4 * Double(part) / Double(whole) : 0
      return "\((share).rounded() / 100) %"
    }
    var parts = ["\(droppedVisits) of \(visits) visits dropped (\(percent(droppedVisits, visits)))"]
    if let alteredTokens { parts.append("\(alteredTokens) tokens of a layer altered") }
    if let tokensWithout { parts.append("\(tokensWithout) left without experts") }
    if let gateMassLost { parts.append("\((gateMassLost * 1e4).rounded() / 100) % of the gates' sum lost") }
    let known = assumed.isEmpty ? "exact" : "assumed: " + assumed.joined(separator: "; ")
    return "Router \(rewrite): \(parts.joined(separator: ", ")); \(known)."
  }
}
