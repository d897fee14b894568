import Diagnostics
import ExpertCache
import LoadBalancing
import PerformanceModel
import RoutingTrace

/// The ranks of a policy with a cache, step by step: what layers wait for experts that are not at hand.
///
/// All ranks are on one clock. A layer's experts are asked for when its dispatch is over; the layer ends when the last
/// rank's are computed. What the clock leaves out, such as dense layers and, without a context, attention, leaves out
/// time in which experts could come ahead of their need.
struct CachedServing {
  let isOverlapped: Bool
  let slotsPerRank: Double
  let capacity: Int
  private let setting: ReplaySetting
  private let recipe: CacheRecipe
  private let overhead: Double
  private let host: HostCompute?
  private var fetches: FetchTimes
  private var ranks: [CachedRank]
  /// `[ranks]` the most hits that there can be.
  private var minima: [BeladyMinimum]
  private var prefetcher: (any Prefetch)?
  /// Microseconds since the first step.
  private var now = 0.0
  private(set) var stallTime = 0.0
  private var sequences = SequenceTurns()
  private var held: HeldExperts

  /// Nil for a policy without a cache.
  ///
  /// - Parameter future: needed where the cache looks ahead.
  init?(
    _ policy: BalancingPolicy, on setting: ReplaySetting, shape: PlacementShape, future: FutureUses?
  ) throws(InputError) {
    guard let recipe = policy.cache else { return nil }
    let room = try CacheRoom(recipe, on: setting, policy: policy)
    let (layers, experts) = (shape.layers, shape.experts)
    self.setting = setting
    self.recipe = recipe
    isOverlapped = recipe.fetch == .overlapped
    capacity = room.experts
    slotsPerRank = room.slotsPerRank
    overhead = policy.predictionMicroseconds
    fetches = try FetchTimes(setting, policy: policy.name)
    host = HostCompute(setting.cluster.storage?[.host], model: setting.model)
    guard recipe.onMiss == .fetch || host != nil else {
      throw InputError(
        "cache: onMiss: \(recipe.onMiss.rawValue) needs storage.host.flops and storage.host.memoryBandwidth of cluster "
          + setting.cluster.name, in: "policy \(policy.name)", status: .usage)
    }
    ranks = (0..<shape.ranks).map { _ in
      CachedRank(layers: layers, experts: experts, capacity: room.experts, rule: recipe.replacement, future: future)
    }
    minima = ranks.map { _ in BeladyMinimum(items: layers * experts, capacity: room.experts, streams: false) }
    prefetcher = recipe.prefetch?.make(PrefetchContext(layers: layers, experts: experts, future: future))
    held = HeldExperts(ranks: shape.ranks, experts: experts)
  }

  /// Takes in a step that is over.
  mutating func observe(_ load: ExpertLoad) { fetches.observe(load) }

  /// Serves a step.
  ///
  /// - Parameters:
  ///   - outcomes: `[layers]` as priced with all experts at hand.
  ///   - needs: `[layers]`.
  /// - Returns: `[layers]` microseconds that each waits for experts.
  mutating func serve(
    _ outcomes: [LayerOutcome], needs: [RankNeeds], step: RoutingStep, placement: Placement
  ) -> [Double] {
    let pinning = beginStep(step)
    if prefetcher != nil { held.update(placement) }
    var stalls = outcomes.indices.map { serve(outcomes[$0], needs: needs[$0], step: step) }
    stalls[0] += pinning
    for stall in stalls { stallTime += stall }
    return stalls
  }

  /// - Returns: microseconds that it waits for what is pinned.
  private mutating func beginStep(_ step: RoutingStep) -> Double {
    let isNew = sequences.begin(step.sequences)
    prefetcher?.beginStep(sequences: step.sequences ?? Array(repeating: 0, count: step.tokens))
    var longest = 0.0
    for rank in ranks.indices {
      longest = max(
        longest, ranks[rank].beginStep(isNewSequence: isNew, at: now) { [fetches] in fetches.time(ofItem: $0) })
    }
    now += longest
    return longest
  }

  private mutating func serve(_ outcome: LayerOutcome, needs: RankNeeds, step: RoutingStep) -> Double {
    let prices = setting.prices(isDecode: outcome.isDecode)
    let tokensPerRank = outcome.tokens / Double(setting.cluster.ranks)
    now += overhead + (prices.serving?.attentionTime(tokens: tokensPerRank, isDecode: outcome.isDecode) ?? 0)
    let course = LayerCourse(of: outcome.time, prices.cluster.overlap)
    let start = now + course.experts.lowerBound
    var last = 0.0
    for (rank, need) in needs.needs.enumerated() {
      minima[rank].touch(need.experts.map { need.layer * setting.header.experts + $0 })
      let end = serve(need, of: needs, rank: rank, at: start, isDecode: outcome.isDecode)
      last = max(last, end - start)
    }
    prefetch(after: needs, step: step, at: start)
    let stall = max(0, last - (needs.times.max() ?? 0))
    now += outcome.time.total(prices.cluster.overlap) + stall
    return stall
  }

  /// - Returns: when the rank has computed all that it needs.
  private mutating func serve(
    _ need: LayerNeed, of needs: RankNeeds, rank: Int, at start: Double, isDecode: Bool
  ) -> Double {
    let time = needs.times[rank]
    let computing = ComputedExperts(of: need, time: time, parts: needs.parts.isEmpty ? nil : needs.parts[rank])
    let (rule, host, fetches) = (recipe.onMiss, host, fetches)
    let base = need.layer * setting.header.experts
    let ready = ranks[rank].serve(need, at: start, fetchTime: { fetches.time(ofItem: $0) }) { place in
      guard let host else { return false }
      let onHost = host.time(tokens: Double(need.visits[place]))
      switch rule {
      case .fetch: return false
      case .hostCompute: return true
      case .cheapest: return onHost < fetches.time(ofItem: base + need.experts[place]) + computing.part(place)
      }
    }
    let ofHost = ready.indices.filter { ready[$0] == nil }
      .reduce(0.0) { $0 + (host?.time(tokens: Double(need.visits[$1])) ?? 0) }
    return max(computing.end(ready, from: start, isOverlapped: isOverlapped), start + ofHost)
  }

  private mutating func prefetch(after needs: RankNeeds, step: RoutingStep, at time: Double) {
    guard prefetcher != nil else { return }
    let layer = needs.needs[0].layer
    let visits = step.experts.count / setting.header.layers
    let served = ServedLayer(
      need: LayerNeed(joining: needs.needs), visits: step.experts[layer * visits..<(layer + 1) * visits],
      topK: setting.topK)
    let wanted = prefetcher?.wanted(after: served) ?? []
    for rank in ranks.indices {
      if recipe.replacement.needs == .match, let match = prefetcher?.match { ranks[rank].expect(match) }
      ranks[rank].prefetch(wanted.filter { held.has($0.item, on: rank) }, at: time)
    }
  }

  /// What a reader of the figures has to know; nil for nothing.
  var note: String? {
    guard !sequences.areTold, recipe.prefetch?.givesMatch == true || recipe.replacement.isOfSequences else {
      return nil
    }
    return "the trace does not tell sequences apart: to the cache all its tokens are one."
  }

  var result: PolicyResult.Cache {
    let counts = ranks.map(\.counts)
    let accesses = counts.reduce(0) { $0 + $1.accesses }
    let hits = counts.reduce(0) { $0 + $1.hits }
    let minimum = minima.reduce(0) { $0 + $1.hits }
    let bytes = setting.model.expertBytes
    func rate(_ count: Int) -> Double { accesses == 0 ? 0 : Double(count) / Double(accesses) }
    return .init(
      accesses: accesses, hits: hits, lateHits: counts.reduce(0) { $0 + $1.lateHits }, hitRate: rate(hits),
      minimumHits: minimum, gap: rate(minimum - hits),
      fetchedBytes: Double(counts.reduce(0) { $0 + $1.loads }) * bytes,
      wastedBytes: Double(counts.reduce(0) { $0 + $1.wasted }) * bytes, stallTime: stallTime,
      hostComputed: counts.reduce(0) { $0 + $1.hostComputed }, residentExpertsPerRank: capacity)
  }
}
