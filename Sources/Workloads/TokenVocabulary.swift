import Diagnostics
import Foundation
import Randomness

/// Vocabulary ids of a workload's tokens, drawn from Zipf's law: the id r, counted from 0, has a probability
/// ∝ (r + 1)^−`exponent`.
struct TokenVocabulary: Sendable {
  static let largest = 1 << 20

  var exponent: Double
  /// Probability that each of the experts that an id prefers is chosen for its sake; see `TokenPreferences`.
  var strength: Double
  /// `[ids]` the probability of an id or one below it.
  private let cumulative: [Double]
  private let table: CumulativeTable

  init(_ settings: Settings) throws(InputError) {
    let size = try settings.integer("vocabulary", in: 1...Self.largest)
    exponent = try settings.number("exponent", in: 0...5)
    strength = try settings.number("strength", in: 0...1)
    try settings.rejectUnknownKeys()
    var sum = 0.0
    let exponent = exponent
    let sums = (1...size).map { rank in
      sum += pow(Double(rank), -exponent)
      return sum
    }
    cumulative = sums.map { $0 / sum }
    table = CumulativeTable(cumulative)
  }

  var size: Int { cumulative.count }

  func probability(of id: Int) -> Double { cumulative[id] - (id > 0 ? cumulative[id - 1] : 0) }

  func draw(_ generator: inout SeededGenerator) -> UInt32 { UInt32(table.draw(&generator)) }
}
