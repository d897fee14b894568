import Diagnostics
import Randomness

/// Sources with a recording's statistics: the ranks' shares of all tokens, and how far those of a step scatter around
/// them, as a Dirichlet distribution with these means does.
///
/// A step's tokens are dealt out in proportion to its shares, rank after rank (systematic sampling, Madow 1949), so that
/// without a scatter every rank has its share of every step to within a token.
struct SourceShares: Sendable, Equatable {
  /// `[ranks]` up to scale.
  var shares: [Double]
  /// Sum of the Dirichlet distribution's parameters: near 0 a step starts on one rank. Nil if steps do not scatter.
  var concentration: Double?

  static let concentrations = 1e-6...1e9

  /// - Parameters:
  ///   - tokens: `[ranks]` of all steps.
  ///   - meanSquare: of a step's squared shares, summed over ranks, the mean over tokens.
  ///   - steps: that the tokens are of.
  init(tokens: [Int], meanSquare: Double, steps: Int) {
    let all = Double(max(1, tokens.reduce(0, +)))
    shares = tokens.map { Double($0) }
    // What even dealing comes to: the shares' own squares, and one token on each of some ranks in small steps.
    let dealt = max(tokens.reduce(0) { $0 + (Double($1) / all) * (Double($1) / all) }, Double(steps) / all)
    guard meanSquare - dealt > 1e-3 * dealt else { return }
    // The mean of a Dirichlet distribution's squares is (concentration · Σ shares² + 1) / (concentration + 1).
    let fitted = (1 - meanSquare) / (meanSquare - dealt)
    concentration = min(max(fitted, Self.concentrations.lowerBound), Self.concentrations.upperBound)
  }

  init(_ settings: Settings) throws(InputError) {
    let numbers = try settings.string("shares").split(separator: " ")
    shares = numbers.compactMap { UInt32($0).map(Double.init) }
    guard shares.count == numbers.count, (1...WorkloadSources.maximumRanks).contains(shares.count),
      shares.contains(where: { $0 > 0 })
    else { throw settings.error("expected whole numbers, one for each rank, one of them above 0", at: "shares") }
    concentration = try settings.optionalNumber("concentration", in: Self.concentrations)
  }

  /// As a workload file has it.
  var yaml: String {
    let largest = shares.max() ?? 1
    let scale = largest > Self.resolution ? Self.resolution / largest : 1
    let row = shares.map { String(Int(($0 * scale).rounded(.up))) }.joined(separator: " ")
    return "{shares: \(row)" + (concentration.map { ", concentration: \($0)" } ?? "") + "}"
  }

  /// Shares are kept as whole numbers of which the largest is at most this.
  private static let resolution = 10_000.0

  /// `[tokens]` ascending ranks.
  func deal(_ tokens: Int, _ generator: inout SeededGenerator) -> [UInt32] {
    let shares = scattered(&generator)
    let all = shares.reduce(0, +)
    let start = generator.unit()
    let last = shares.lastIndex { $0 > 0 } ?? 0
    var (rank, below) = (0, shares[0])
    return (0..<tokens).map { token in
      let place = (Double(token) + start) / Double(tokens) * all
      while place >= below, rank < last {
        rank += 1
        below += shares[rank]
      }
      return UInt32(rank)
    }
  }

  /// The shares of one step.
  private func scattered(_ generator: inout SeededGenerator) -> [Double] {
    guard let concentration else { return shares }
    let all = shares.reduce(0, +)
    let drawn = shares.map { $0 > 0 ? generator.gamma(shape: max(1e-12, concentration * $0 / all)) : 0 }
    if drawn.contains(where: { $0 > 0 }) { return drawn }
    // All draws underflow where the concentration is next to nothing: the step starts on one rank.
    var (one, place) = (Array(repeating: 0.0, count: shares.count), generator.unit() * all)
    let rank = shares.firstIndex { share in
      place -= share
      return place < 0
    }
    one[rank ?? shares.count - 1] = 1
    return one
  }
}
