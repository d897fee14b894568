import Diagnostics
import Randomness

/// The distribution of the lengths of a number of sequences, which may change from stretch to stretch.
package struct SequenceLengths: Sendable, Equatable {
  /// Tokens of all sequences, if all were as long as the longest: their steps are counted one by one.
  package static let maximumTokens = 1 << 32
  package static let maximumCount = 10_000_000
  package static let maximumLength = 10_000_000

  var count: Int
  /// `[stretches][quantiles]`: of as many sequences each, lengths at evenly spaced quantiles, from the shortest to the
  /// longest.
  var stretches: [[Int]]

  /// - Parameter lengths: of all sequences, in order.
  init(of lengths: [Int]) {
    let count = lengths.count
    let parts = max(1, min(8, count / 16))
    self.count = count
    stretches = (0..<parts).map { part in
      let sorted = lengths[part * count / parts..<(part + 1) * count / parts].sorted()
      let points = min(sorted.count, parts == 1 ? 33 : 17)
      return (0..<points).map { sorted[$0 * (sorted.count - 1) / max(1, points - 1)] }
    }
  }

  init(_ settings: Settings) throws(InputError) {
    count = try settings.integer("count", in: 1...Self.maximumCount)
    if settings.contains("stretches") {
      stretches = []
      for row in try settings.strings("stretches") {
        stretches.append(try Self.quantiles(row.split(separator: " ").map(String.init), settings, "stretches"))
      }
      guard (1...min(count, 256)).contains(stretches.count) else {
        throw settings.error("expected 1…\(min(count, 256)) stretches", at: "stretches")
      }
    } else {
      stretches = [try Self.quantiles(try settings.strings("lengths"), settings, "lengths")]
    }
    try settings.rejectUnknownKeys()
    let longest = stretches.compactMap(\.last).max() ?? 1
    guard count * longest <= Self.maximumTokens else {
      throw settings.error("count × longest above \(Self.maximumTokens)", at: "count")
    }
  }

  private static func quantiles(
    _ texts: [String], _ settings: Settings, _ key: String
  ) throws(InputError) -> [Int] {
    var lengths = [Int]()
    for text in texts {
      guard let length = Int(text), (1...maximumLength).contains(length), length >= lengths.last ?? 1 else {
        throw settings.error("expected lengths of 1…\(maximumLength) that ascend", at: key)
      }
      lengths.append(length)
    }
    guard (1...1001).contains(lengths.count) else { throw settings.error("expected 1…1001 lengths", at: key) }
    return lengths
  }

  /// The section's content as YAML.
  var yaml: String {
    func list(_ quantiles: [Int], _ separator: String) -> String {
      quantiles.map(String.init).joined(separator: separator)
    }
    if stretches.count == 1 { return "{count: \(count), lengths: [\(list(stretches[0], ", "))]}" }
    return "{count: \(count), stretches: [\(stretches.map { list($0, " ") }.joined(separator: ", "))]}"
  }

  /// Lengths `factor` times as long, at least 1.
  mutating func scale(by factor: Double) {
    stretches = stretches.map { $0.map { max(1, Int((Double($0) * factor).rounded())) } }
  }

  /// Tokens of all sequences.
  var tokens: Int { stretches.indices.reduce(0) { $0 + stratified($1).reduce(0, +) } }

  /// One length per sequence, in random order within their stretch.
  func draw(_ generator: inout SeededGenerator) -> [Int] {
    stretches.indices.flatMap { generator.shuffled(stratified($0)) }
  }

  /// One length per sequence of a stretch, so that their distribution is the same for every seed.
  private func stratified(_ stretch: Int) -> [Int] {
    let quantiles = stretches[stretch]
    let count = (stretch + 1) * count / stretches.count - stretch * count / stretches.count
    let last = Double(quantiles.count - 1)
    return (0..<count).map { index in
      let position = (Double(index) + 0.5) / Double(count) * last
      let low = Int(position)
      let high = min(low + 1, quantiles.count - 1)
      let fraction = position - Double(low)
      return Int((Double(quantiles[low]) * (1 - fraction) + Double(quantiles[high]) * fraction).rounded())
    }
  }
}
