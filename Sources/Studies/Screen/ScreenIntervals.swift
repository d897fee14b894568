/// Steps between plans that a half of a recording can tell of.
enum ScreenIntervals {
  /// Doubling up to servers' defaults: 1000 (SGLang), 3000 (vLLM).
  private static let all = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1000, 2000, 3000, 6000]
  /// Steps before the first plan of the shipped policies.
  private static let first = 4

  /// Steps of a half that tell of an interval: the first plan, the interval in which it arrives, and two more.
  static func needed(for interval: Int) -> Int { 3 * interval + first }

  static var least: Int { needed(for: all[0]) }

  static func areTold(_ interval: Int, by half: Int) -> Bool { needed(for: interval) <= half }

  /// Where the search begins: the longest interval of which a half holds seven; nil for a half that is too short.
  static func start(half: Int) -> Int? {
    guard let shortest = all.first, areTold(shortest, by: half) else { return nil }
    return all.last { 7 * $0 + first <= half } ?? shortest
  }

  /// The next shorter and the next longer one that the half can tell of.
  static func neighbours(of interval: Int, half: Int) -> [Int] {
    guard let place = all.firstIndex(of: interval) else { return [] }
    return [place - 1, place + 1].filter(all.indices.contains).map { all[$0] }.filter { areTold($0, by: half) }
  }
}
