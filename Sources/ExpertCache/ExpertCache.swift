/// The experts that one rank has at hand while it serves, where there is room for some of them only.
///
/// For each layer of each step the experts that have visits are needed at once. Those at hand are hits. The others are
/// loaded in the order of the router, and each evicts a resident by the rule, but none that is needed with it. Where
/// nothing may leave, an expert is streamed: used, and not kept. The cache starts empty.
///
///     var cache = ExpertCache(layers: 24, experts: 32, capacity: 153, rule: try Replacements.registry.named("lru"))
///     cache.beginStep()
///     cache.serve(need)
///     print(cache.counts.hitRate)
public struct ExpertCache: Sendable {
  /// What came of the needs so far.
  public struct Counts: Codable, Equatable, Sendable {
    /// Experts that had visits, over steps and layers.
    public var accesses = 0
    /// Of these, at hand.
    public var hits = 0
    /// Loads: of experts that were not at hand, streamed ones included, and of what is pinned.
    public var loads = 0

    public init() {}

    public var hitRate: Double { accesses == 0 ? 0 : Double(hits) / Double(accesses) }
  }

  public private(set) var counts = Counts()
  private var residents: Residents
  private var rule: any Replacement

  /// - Parameters:
  ///   - experts: of each layer.
  ///   - capacity: experts of any layer that fit, above 0.
  public init(layers: Int, experts: Int, capacity: Int, rule: ReplacementRecipe) {
    precondition(capacity > 0)
    residents = Residents(layers: layers, experts: experts, capacity: capacity, isPerLayer: rule.isPerLayer)
    self.rule = rule.make(ReplacementContext(layers: layers, experts: experts, capacity: capacity))
  }

  /// - Parameter isNewSequence: whether none of the step's tokens follows one of the step before.
  public mutating func beginStep(isNewSequence: Bool = false) {
    rule.beginStep(isNewSequence: isNewSequence)
    residents.reconsider()
    guard let pins = rule.pins() else { return }
    residents.remove(allBut: Set(pins))
    for item in pins where !residents.contains(item) {
      residents.insert(item)
      counts.loads += 1
    }
  }

  /// Has what a layer needs at hand.
  ///
  /// - Returns: the experts that were loaded, in order.
  @discardableResult
  public mutating func serve(_ need: LayerNeed) -> [Int] {
    let items = need.experts.map { need.layer * residents.experts + $0 }
    residents.begin(items)
    rule.announce(need)
    let missing = items.filter { !residents.contains($0) }
    for item in missing {
      if !residents.hasPlace(for: item) {
        guard let victim = rule.victim(among: &residents, for: item) else { continue }
        residents.remove(victim)
      }
      residents.insert(item)
    }
    rule.touch(items, of: need)
    residents.end(items)
    counts.accesses += items.count
    counts.hits += items.count - missing.count
    counts.loads += missing.count
    return missing.map { $0 - need.layer * residents.experts }
  }
}
