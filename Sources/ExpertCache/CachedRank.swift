/// One rank that serves from a cache: what it has at hand, and when what it lacks arrives.
///
/// It has one engine that copies experts, one after the other. What a layer needs and is not there goes before all that
/// is fetched ahead, but does not stop a copy that is under way. What is fetched ahead takes the place of another by the
/// cache's rule when its copy begins, but of none that is needed now, and of none that was fetched for a layer that
/// comes no later; with nothing to evict, fetching ahead stops until the next layer.
///
/// Times are microseconds on one clock, which the caller moves.
public struct CachedRank: Sendable {
  private var cache: ExpertCache
  /// When the engine is free.
  private var freeAt = 0.0
  /// What is to be fetched ahead, best first, and when that was said.
  private var queue: ArraySlice<WantedExpert> = []
  private var queuedAt = 0.0
  /// `[items]` when what was fetched last arrives.
  private var arrival: [Double]

  /// - Parameters:
  ///   - layers: of the trace.
  ///   - experts: of each layer, whether they are served on this rank or not.
  ///   - capacity: experts of any layer that fit, above 0.
  ///   - future: for a rule that looks ahead.
  public init(layers: Int, experts: Int, capacity: Int, rule: ReplacementRecipe, future: FutureUses? = nil) {
    cache = ExpertCache(layers: layers, experts: experts, capacity: capacity, rule: rule, future: future)
    arrival = Array(repeating: 0, count: layers * experts)
  }

  public var counts: ExpertCache.Counts { cache.counts }

  /// - Parameters:
  ///   - isNewSequence: whether none of the step's tokens follows one of the step before.
  ///   - fetchTime: microseconds to copy an item.
  /// - Returns: microseconds that the step waits for what is pinned.
  public mutating func beginStep(isNewSequence: Bool, at now: Double, fetchTime: (_ item: Int) -> Double) -> Double {
    runQueue(until: now, fetchTime: fetchTime)
    let pinned = cache.beginStep(isNewSequence: isNewSequence)
    guard !pinned.isEmpty else { return 0 }
    freeAt = pinned.reduce(max(freeAt, now)) { $0 + fetchTime($1) }
    return freeAt - now
  }

  /// Has what a layer needs sent for.
  ///
  /// - Parameters:
  ///   - now: when the rank could begin to compute.
  ///   - isLeft: whether an expert that is not at hand is left to the host, given its place in the need.
  /// - Returns: `[need.experts]` when each is there: `now` for those that are, nil for those left to the host.
  public mutating func serve(
    _ need: LayerNeed, at now: Double, fetchTime: (_ item: Int) -> Double,
    isLeft: (_ place: Int) -> Bool = { _ in false }
  ) -> [Double?] {
    runQueue(until: now, fetchTime: fetchTime)
    let first = cache.item(0, ofLayer: need.layer)
    var ready: [Double?] = []
    ready.reserveCapacity(need.experts.count)
    var late = 0
    for (place, expert) in need.experts.enumerated() {
      if cache.contains(first + expert) {
        ready.append(max(now, arrival[first + expert]))
        if arrival[first + expert] > now { late += 1 }
      } else {
        ready.append(isLeft(place) ? nil : Self.missing)
      }
    }
    cache.serve(need, late: late) { ready[$0] == nil }
    for (place, expert) in need.experts.enumerated() where ready[place] == Self.missing {
      let item = first + expert
      freeAt = max(freeAt, now) + fetchTime(item)
      arrival[item] = freeAt
      ready[place] = freeAt
    }
    return ready
  }

  /// In place of when an expert is there, until that is known.
  private static let missing = -Double.infinity

  /// Takes in what the layers to come are expected to need, in place of all that was said before.
  ///
  /// - Parameters:
  ///   - wanted: items that this rank serves, best first.
  ///   - now: when that is known.
  public mutating func prefetch(_ wanted: [WantedExpert], at now: Double) {
    queue = wanted[...]
    queuedAt = now
  }

  /// Takes in what a match expects of each item's layer.
  public mutating func expect(_ match: [Float]) { cache.expect(match) }

  private mutating func runQueue(until now: Double, fetchTime: (Int) -> Double) {
    while let wanted = queue.first {
      let start = max(freeAt, queuedAt)
      guard start < now else { return }
      queue.removeFirst()
      if cache.contains(wanted.item) {
        cache.keep(wanted)
        continue
      }
      guard cache.load(wanted) else {
        queue = []
        return
      }
      freeAt = start + fetchTime(wanted.item)
      arrival[wanted.item] = freeAt
    }
  }
}
