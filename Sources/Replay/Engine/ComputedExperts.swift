import ExpertCache

/// When a rank has computed a layer's experts, given when each is there.
struct ComputedExperts {
  /// Microseconds of all, with the shared experts.
  private let time: Double
  /// `[experts]` of it; nil where they are equal.
  private let parts: [Double]?
  private let equalPart: Double

  /// - Parameter parts: equal ones when nil.
  init(of need: LayerNeed, time: Double, parts: [Double]?) {
    self.time = time
    self.parts = parts
    equalPart = time / Double(need.experts.count)
  }

  func part(_ place: Int) -> Double { parts?[place] ?? equalPart }

  /// - Parameters:
  ///   - ready: when each is there; nil for those that are computed elsewhere.
  ///   - isOverlapped: whether those that are there are computed while others come, in the order in which they do.
  func end(_ ready: [Double?], from start: Double, isOverlapped: Bool) -> Double {
    var (elsewhere, last) = (0.0, Double?.none)
    var waited: [(at: Double, part: Double)] = []
    for place in ready.indices {
      guard let at = ready[place] else {
        elsewhere += part(place)
        continue
      }
      last = max(last ?? at, at)
      if isOverlapped, at > start { waited.append((at, part(place))) }
    }
    guard isOverlapped else { return (last ?? start) + time - elsewhere }
    let end = start + time - elsewhere - waited.reduce(0) { $0 + $1.part }
    return waited.sorted { $0.at < $1.at }.reduce(end) { max($0, $1.at) + $1.part }
  }
}
