import ExpertCache

/// When a rank has computed a layer's experts, given when each is there.
struct ComputedExperts {
  private let count: Int
  /// Microseconds of all, with the shared experts.
  private let time: Double
  /// `[experts]` of it.
  private let parts: [Double]

  /// - Parameter parts: equal ones when nil.
  init(of need: LayerNeed, time: Double, parts: [Double]?) {
    count = need.experts.count
    self.time = time
    self.parts = parts ?? need.experts.map { _ in time / Double(need.experts.count) }
  }

  func part(_ place: Int) -> Double { parts[place] }

  /// - Parameters:
  ///   - ready: when each is there; nil for those that are computed elsewhere.
  ///   - isOverlapped: whether those that are there are computed while others come, in the order in which they do.
  func end(_ ready: [Double?], from start: Double, isOverlapped: Bool) -> Double {
    let elsewhere = ready.indices.reduce(0.0) { ready[$1] == nil ? $0 + parts[$1] : $0 }
    let arrivals = ready.indices.compactMap { place in ready[place].map { (at: $0, part: parts[place]) } }
    guard isOverlapped else {
      return (arrivals.map(\.at).max() ?? start) + time - elsewhere
    }
    let waited = arrivals.filter { $0.at > start }
    let end = start + time - elsewhere - waited.reduce(0) { $0 + $1.part }
    return waited.sorted { $0.at < $1.at }.reduce(end) { max($0, $1.at) + $1.part }
  }
}
