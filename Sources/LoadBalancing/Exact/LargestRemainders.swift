/// Deals what every source has of an expert over the expert's parts in whole visits: each part
/// ⌊visits · due / sum of dues⌋, then one each by the largest remainder, among equals to the lowest rank.
///
/// The loops are in `LargestRemainders+Hot.swift`.
///
/// - Complexity: O(sources · parts · log parts).
struct LargestRemainders {
  let sources: Int
  /// `[sources]` visits to deal.
  var rests: [Int]
  /// `[sources]` visits that no part has been given yet.
  var left: [Int]
  /// `[parts][sources]` what is more than whole, in units of 1 / sum of dues, above 65535 − the part's rank: whole numbers
  /// of 48 bits, above 2⁵² so that their bits and they have one order.
  var keys: [Double] = []
  /// `[parts][sources]` how many other parts come first.
  var places: [Int] = []

  /// Up to so many parts each is compared with each, which needs no branch; from there on they are sorted.
  static let fewParts = 8

  init(sources: Int) {
    self.sources = sources
    rests = Array(repeating: 0, count: sources)
    left = rests
  }

  /// - Parameters:
  ///   - due: `[parts]` visits that each is due of `rests`; they come to the same sum, below 2³¹.
  ///   - ranks: `[parts]`, all different, below 65,536.
  ///   - shares: `[parts][sources]` from `first` on; what is dealt is added.
  mutating func deal(_ due: [Int], ranks: [Int], into shares: inout [Int], from first: Int) {
    let sum = due.reduce(0, +)
    guard sum > 0 else { return }
    if keys.count < due.count * sources { keys.refill(0, count: due.count * sources) }
    dealWhole(due, sum: sum, ranks: ranks, into: &shares, from: first)
    if due.count <= Self.fewParts {
      places.refill(0, count: due.count * sources)
      dealRestToFew(due.count, into: &shares, from: first)
    } else {
      dealRestToMany(due.count, into: &shares, from: first)
    }
  }
}
