import ExpertCache

/// How often the experts that a trace's steps need are at hand on a rank that has room for some of them only.
///
/// One rank holds the experts of all layers, and each step is served as it was recorded.
public struct CacheSurvey: Codable, Equatable, Sendable {
  /// What one rule comes to.
  public struct Rule: Codable, Equatable, Sendable {
    /// A name of `Replacements.plain`; `minimum` for Belady's, which knows what comes, and `streaming minimum` where
    /// what is loaded need not be kept until its layer is over: no rule has more hits.
    public var rule: String
    public var hits: Int
    /// Of accesses.
    public var hitRate: Double
    /// Experts that were loaded.
    public var loads: Int
  }

  /// Of all experts, those for which there is room, 0…1.
  public var share: Double
  /// Experts of any layer for which there is room.
  public var experts: Int
  /// Experts that had visits, over steps and layers.
  public var accesses: Int
  /// Most hits first.
  public var rules: [Rule]
  public var minimum: Rule
  public var bound: Rule
}

/// Serves steps from a cache of one size by every rule.
struct CacheSurveyor: Sendable {
  private let all: Int
  private let capacity: Int
  private var caches: [(rule: String, cache: ExpertCache)]
  private var minimum: BeladyMinimum
  private var bound: BeladyMinimum
  private let experts: Int

  init(layers: Int, experts: Int, capacity: Int) {
    all = layers * experts
    self.experts = experts
    self.capacity = capacity
    caches = Replacements.plain.map {
      ($0.name, ExpertCache(layers: layers, experts: experts, capacity: capacity, rule: $0.item))
    }
    minimum = BeladyMinimum(items: all, capacity: capacity, streams: false)
    bound = BeladyMinimum(items: all, capacity: capacity, streams: true)
  }

  /// - Parameter needs: of a step's layers, in order.
  mutating func add(_ needs: [LayerNeed], isNewSequence: Bool) {
    for index in caches.indices {
      caches[index].cache.beginStep(isNewSequence: isNewSequence)
      for need in needs { caches[index].cache.serve(need) }
    }
    for need in needs {
      let items = need.experts.map { need.layer * experts + $0 }
      minimum.touch(items)
      bound.touch(items)
    }
  }

  var survey: CacheSurvey {
    func rule(_ name: String, _ minimum: BeladyMinimum) -> CacheSurvey.Rule {
      let rate = minimum.accesses == 0 ? 0 : Double(minimum.hits) / Double(minimum.accesses)
      return .init(rule: name, hits: minimum.hits, hitRate: rate, loads: minimum.accesses - minimum.hits)
    }
    let rules = caches.map { name, cache in
      CacheSurvey.Rule(
        rule: name, hits: cache.counts.hits, hitRate: cache.counts.hitRate, loads: cache.counts.loads)
    }
    return CacheSurvey(
      share: Double(capacity) / Double(all), experts: capacity, accesses: bound.accesses,
      rules: rules.enumerated().sorted { ($1.element.hits, $0.offset) < ($0.element.hits, $1.offset) }.map(\.element),
      minimum: rule("minimum", minimum), bound: rule("streaming minimum", bound))
  }
}
