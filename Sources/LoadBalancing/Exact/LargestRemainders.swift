/// Deals what every source has of an expert over the expert's parts in whole visits: each part
/// ⌊visits · due / sum of dues⌋, then one each by the largest remainder, among equals to the lowest rank.
///
/// The loops are in `LargestRemainders+Hot.swift`.
///
/// - Complexity: O(sources · parts · log sum).
struct LargestRemainders {
  let sources: Int
  /// Sources that a row has room for, of which a few are dealt at once.
  let width: Int
  /// `[width]` visits to deal.
  var rests: [Int]
  /// `[width]` the same, and of them those that no part has been given yet.
  var values: [Double]
  var open: [Int]
  /// `[width]` these at last.
  var left: [Int32]
  /// `[parts][width]` what is more than whole, in units of 1 / sum of dues; then what is given of the rest.
  var overs: [Int32] = []
  /// `[parts]` from the lowest rank to the highest.
  var order: [Int] = []

  /// Up to so many parts each is compared with each; from there on the least remainder that is given one is searched.
  static let fewParts = 12

  init(sources: Int) {
    self.sources = sources
    width = (sources + Self.lanes - 1) / Self.lanes * Self.lanes
    rests = Array(repeating: 0, count: width)
    values = Array(repeating: 0, count: width)
    open = rests
    left = Array(repeating: 0, count: width)
  }

  /// - Parameters:
  ///   - due: `[parts]` visits that each is due of `rests`; they come to the same sum, below 2³¹.
  ///   - ranks: `[parts]`, all different.
  ///   - shares: `[parts][sources]` from `first` on; what is dealt is added.
  mutating func deal(_ due: [Int], ranks: [Int], into shares: inout [Int32], from first: Int) {
    let sum = due.reduce(0, +)
    guard sum > 0 else { return }
    if overs.count < due.count * width { overs.refill(0, count: due.count * width) }
    dealWhole(due, sum: sum, into: &shares, from: first)
    order.removeAll(keepingCapacity: true)
    order.append(contentsOf: due.indices)
    order.sort { ranks[$0] < ranks[$1] }
    if due.count <= Self.fewParts { chooseOfFew() } else { chooseOfMany(sum: Int32(sum)) }
    dealRest(due.count, into: &shares, from: first)
  }
}
