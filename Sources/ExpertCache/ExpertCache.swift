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
    /// Of these, on their way.
    public var lateHits = 0
    /// Loads: of experts that were not at hand, streamed ones included, of what is pinned, and of what is fetched ahead.
    public var loads = 0
    /// Of these, evicted before they were needed.
    public var wasted = 0
    /// Of the accesses, computed by the host.
    public var hostComputed = 0

    public init() {}

    public var hitRate: Double { accesses == 0 ? 0 : Double(hits) / Double(accesses) }
  }

  public private(set) var counts = Counts()
  private var residents: Residents
  private var rule: any Replacement
  /// `[items]` whether an item was fetched ahead and is not used yet.
  private var isUnused: [Bool]
  /// Of the last need.
  private var layer = 0

  /// - Parameters:
  ///   - experts: of each layer.
  ///   - capacity: experts of any layer that fit, above 0.
  ///   - future: for a rule that looks ahead.
  public init(layers: Int, experts: Int, capacity: Int, rule: ReplacementRecipe, future: FutureUses? = nil) {
    precondition(capacity > 0)
    residents = Residents(layers: layers, experts: experts, capacity: capacity, isPerLayer: rule.isPerLayer)
    self.rule = rule.make(
      ReplacementContext(layers: layers, experts: experts, capacity: capacity, future: future))
    isUnused = Array(repeating: false, count: layers * experts)
  }

  /// - Parameter isNewSequence: whether none of the step's tokens follows one of the step before.
  /// - Returns: items that were loaded to stay.
  @discardableResult
  public mutating func beginStep(isNewSequence: Bool = false) -> [Int] {
    rule.beginStep(isNewSequence: isNewSequence)
    residents.reconsider()
    guard let pins = rule.pins() else { return [] }
    residents.remove(allBut: Set(pins))
    let loaded = pins.filter { !residents.contains($0) }
    for item in loaded { residents.insert(item) }
    counts.loads += loaded.count
    return loaded
  }

  /// - Returns: `layer · experts + expert`.
  func item(_ expert: Int, ofLayer layer: Int) -> Int { layer * residents.experts + expert }

  func contains(_ item: Int) -> Bool { residents.contains(item) }

  /// Has what a layer needs at hand.
  ///
  /// - Parameters:
  ///   - late: of the experts at hand, those still on their way.
  ///   - isLeft: whether an expert that is not at hand is left to the host, given its place in the need.
  /// - Returns: the experts that were loaded, in order.
  @discardableResult
  public mutating func serve(_ need: LayerNeed, late: Int = 0, isLeft: (_ place: Int) -> Bool = { _ in false }) -> [Int]
  {
    let items = need.experts.map { item($0, ofLayer: need.layer) }
    layer = need.layer
    residents.begin(items)
    rule.announce(need)
    var absent = 0
    var missing: [Int] = []
    for (place, item) in items.enumerated() where !residents.contains(item) {
      absent += 1
      if isLeft(place) { continue }
      missing.append(need.experts[place])
      if !residents.hasPlace(for: item) {
        guard let victim = rule.victim(among: &residents, for: item) else { continue }
        evict(victim)
      }
      residents.insert(item)
    }
    rule.touch(items, of: need)
    residents.end(items)
    for item in items { isUnused[item] = false }
    counts.accesses += items.count
    counts.hits += items.count - absent - late
    counts.hostComputed += absent - missing.count
    counts.lateHits += late
    counts.loads += missing.count
    return missing
  }

  /// Loads an expert before it is needed.
  ///
  /// - Returns: false when nothing may leave for it.
  mutating func load(_ wanted: WantedExpert) -> Bool {
    let need = residents.served + wanted.ahead
    residents.keep(upTo: need)
    if !residents.hasPlace(for: wanted.item) {
      guard let victim = rule.victim(among: &residents, for: wanted.item) else { return false }
      evict(victim)
    }
    rule.loadAhead(wanted.item, steps: (layer + wanted.ahead) / residents.layers)
    residents.insert(wanted.item)
    residents.want(wanted.item, for: need)
    isUnused[wanted.item] = true
    counts.loads += 1
    return true
  }

  /// Keeps an expert that is there for a layer to come.
  mutating func keep(_ wanted: WantedExpert) { residents.want(wanted.item, for: residents.served + wanted.ahead) }

  /// Takes in what a match expects of each item's layer.
  mutating func expect(_ match: [Float]) {
    rule.expect(match)
    residents.reconsider()
  }

  private mutating func evict(_ item: Int) {
    residents.remove(item)
    guard isUnused[item] else { return }
    isUnused[item] = false
    counts.wasted += 1
  }
}
