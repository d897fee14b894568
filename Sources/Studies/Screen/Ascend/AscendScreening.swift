import LoadBalancing

/// vllm-ascend's screening of one layer without redundant slots (RFC 16795, PR 16800): whether its ranks stay uneven, its
/// hot experts stay, and a plan of one window helps in the next.
///
/// Windows are of equal numbers of steps. The steps of a window may come in any order.
public struct AscendScreening: Sendable {
  /// A window of steps under one placement.
  public struct Window: Sendable {
    /// Windows that follow each other count up by one.
    public var number: Int
    /// Whether all of its steps were recorded.
    public var isComplete: Bool
    /// `[ranks][slots]` experts, each once.
    public var placement: [[Int]]
    /// `[steps][experts]` tokens.
    public var history: [[Double]]

    public init(number: Int, isComplete: Bool = true, placement: [[Int]], history: [[Double]]) {
      self.number = number
      self.isComplete = isComplete
      self.placement = placement
      self.history = history
    }
  }

  public enum Verdict: String, Codable, CaseIterable, Sendable {
    case insufficientEvidence = "insufficient_evidence"
    case notRecommendedNow = "not_recommended_now"
    case recommendTrial = "recommend_trial"
  }

  public enum Reason: String, Codable, CaseIterable, Sendable {
    case needCompleteWindows = "need_complete_windows"
    case noPersistentRankImbalance = "no_persistent_rank_imbalance"
    case hotspotsNotPredictable = "hotspots_not_predictable"
    case candidateDidNotGeneralize = "candidate_did_not_generalize"
    case persistentImbalance = "persistent_imbalance_and_future_work_reduction"
  }

  static let leastSkew = 1.2
  static let leastReduction = 0.05
  static let leastOverlap = 0.5
  static let leastShare = 0.8
  static let leastWindows = 3
  static let leastPairs = 2

  /// Windows, and windows held against the one before.
  public private(set) var windows = 0
  public private(set) var pairs = 0
  /// Of the windows, those whose ranks were uneven.
  public private(set) var imbalanced = 0
  /// Of the pairs, those in which the plan helped, and those whose hot experts stayed.
  public private(set) var improved = 0
  public private(set) var stable = 0
  /// Tokens of the hottest rank, summed over the steps of all pairs: in force, and by the plan.
  public private(set) var baselinePeak = 0.0
  public private(set) var candidatePeak = 0.0
  /// The plan made of the last window; nil before one was complete.
  public private(set) var candidate: [[Int]]?
  /// Of the last window.
  public private(set) var hot: [Int] = []
  private var last: (number: Int, placement: [[Int]])?

  public init() {}

  /// Takes in the next window.
  public mutating func add(_ window: Window) {
    let load = Self.sums(window.history)
    guard window.isComplete else {
      candidate = nil
      hot = Self.hotExperts(load)
      return
    }
    if let last, last.placement != window.placement || last.number + 1 != window.number { self = AscendScreening() }
    let ranks = Double(window.placement.count)
    let peak = Self.peak(window.history, window.placement)
    let all = load.reduce(0, +)
    windows += 1
    if all > 0, peak * ranks / all >= Self.leastSkew { imbalanced += 1 }
    let hotBefore = hot
    hot = Self.hotExperts(load)
    if let candidate {
      let planned = Self.peak(window.history, candidate)
      pairs += 1
      if peak > 0, 1 - planned / peak >= Self.leastReduction { improved += 1 }
      if Self.overlap(hot, hotBefore) >= Self.leastOverlap { stable += 1 }
      baselinePeak += peak
      candidatePeak += planned
    }
    candidate = Self.plan(load, ranks: window.placement.count)
    last = (window.number, window.placement)
  }

  public var reason: Reason {
    if windows < Self.leastWindows || pairs < Self.leastPairs { return .needCompleteWindows }
    if Double(imbalanced) < Self.leastShare * Double(windows) { return .noPersistentRankImbalance }
    if Double(stable) < Self.leastShare * Double(pairs) { return .hotspotsNotPredictable }
    if Double(improved) < Self.leastShare * Double(pairs) || reduction < Self.leastReduction {
      return .candidateDidNotGeneralize
    }
    return .persistentImbalance
  }

  public var verdict: Verdict {
    switch reason {
    case .needCompleteWindows, .hotspotsNotPredictable: .insufficientEvidence
    case .noPersistentRankImbalance, .candidateDidNotGeneralize: .notRecommendedNow
    case .persistentImbalance: .recommendTrial
    }
  }

  /// By how much the plans lowered the hottest rank in the windows after them.
  public var reduction: Double { baselinePeak > 0 ? 1 - candidatePeak / baselinePeak : 0 }

  /// Experts with some load, and at least the fourth largest and 1.2 times the mean.
  static func hotExperts(_ load: [Double]) -> [Int] {
    let fourth = load.sorted(by: >).prefix(4).last ?? 0
    let least = max(fourth, leastSkew * load.reduce(0, +) / Double(max(1, load.count)))
    return load.indices.filter { load[$0] > 0 && load[$0] >= least }
  }

  /// Tokens of the hottest rank, summed over steps.
  static func peak(_ history: [[Double]], _ placement: [[Int]]) -> Double {
    history.reduce(0) { sum, load in
      sum + (placement.map { $0.reduce(0) { $0 + load[$1] } }.max() ?? 0)
    }
  }

  /// Jaccard index; 0 where nothing is hot now.
  private static func overlap(_ hot: [Int], _ before: [Int]) -> Double {
    guard !hot.isEmpty else { return 0 }
    let (now, then) = (Set(hot), Set(before))
    return Double(now.intersection(then).count) / Double(now.union(then).count)
  }

  private static func sums(_ history: [[Double]]) -> [Double] {
    history.dropFirst().reduce(into: history.first ?? []) { sums, load in
      for expert in sums.indices { sums[expert] += load[expert] }
    }
  }

  /// Longest processing time first: by descending load, each expert to the least loaded rank that has room.
  static func plan(_ load: [Double], ranks: Int) -> [[Int]] {
    let room = load.count / ranks
    var (experts, loads) = (Array(repeating: [Int](), count: ranks), Array(repeating: 0.0, count: ranks))
    for expert in load.indices.sorted(by: { (load[$1], $0) < (load[$0], $1) }) {
      guard
        let rank = experts.indices.filter({ experts[$0].count < room }).min(by: { (loads[$0], $0) < (loads[$1], $1) })
      else { break }
      experts[rank].append(expert)
      loads[rank] += load[expert]
    }
    return experts
  }
}
