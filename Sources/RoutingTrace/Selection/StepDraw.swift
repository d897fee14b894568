import Diagnostics
import Foundation
import Randomness

/// Steps to be drawn from a trace without replacement, the more likely the greater their weight.
///
/// Each step has a key, −ln u / weight with u uniform in (0, 1], and those of the smallest keys are taken (Efraimidis
/// and Spirakis, "Weighted random sampling with a reservoir", 2006). u is drawn from the seed and the step's place in the
/// trace, so that it matters neither how the trace is cut into files nor on how many threads it is read.
public struct StepDraw: Equatable, Sendable {
  /// A name in `StepWeights`.
  public let weight: String
  /// How many; nil for all, which is the trace as it is.
  public let count: Int?
  public let seed: UInt64
  /// As it was asked for.
  let text: String

  public static let maximumCount = 1_000_000_000

  /// Parses `uniform:64`, `imbalance:64,seed=1` or `tokens:all`.
  ///
  /// - Throws: `InputError` (usage) for anything else.
  public init(_ text: String) throws(InputError) {
    let parts = text.split(separator: ",", maxSplits: 1, omittingEmptySubsequences: false)
    let words = parts[0].split(separator: ":", omittingEmptySubsequences: false)
    weight = String(words[0])
    _ = try StepWeights.registry.named(weight, option: Self.option)
    guard words.count == 2, let count = Self.count(words[1]), let seed = parts.count == 1 ? 0 : Self.seed(parts[1])
    else {
      throw InputError(
        "'\(text)', expected a weight and 1…\(Self.maximumCount) steps or all, such as \(weight):64 or "
          + "\(weight):64,seed=1", in: Self.option, status: .usage)
    }
    self.count = count == .max ? nil : count
    self.seed = seed
    self.text = text
  }

  static let option = "--select"

  private static func count(_ text: Substring) -> Int? {
    text == "all" ? .max : Int(text).flatMap { (1...maximumCount).contains($0) ? $0 : nil }
  }

  private static func seed(_ text: Substring) -> UInt64? {
    text.hasPrefix("seed=") ? UInt64(text.dropFirst("seed=".count)) : nil
  }

  /// What a step's weight is told by.
  package func makeWeight() throws(InputError) -> any StepWeight {
    try StepWeights.registry.named(weight, option: Self.option)
  }

  /// The smaller, the sooner a step is taken.
  ///
  /// - Parameter ordinal: place of the step in the whole trace, from 0.
  func key(ordinal: Int, weight: Double) -> Double {
    var generator = SeededGenerator(seed: seed, stream: UInt64(ordinal))
    return -log(1 - generator.unit()) / weight
  }
}
