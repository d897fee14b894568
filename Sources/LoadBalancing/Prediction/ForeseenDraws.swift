import Diagnostics
import Randomness

/// What token-to-expert predictions of one recipe drew last: a policy that is replayed on several machines foresees the
/// same on all, and it is drawn once.
final class ForeseenDraws: Sendable {
  /// What foreseeing a load came to.
  struct Drawn {
    fileprivate(set) var guess: ExpertLoad
    /// After the last draw.
    fileprivate(set) var generator: SeededGenerator
    /// Of the load, and those that were foreseen right.
    fileprivate(set) var visits = 0
    fileprivate(set) var hits = 0
  }

  private struct Last {
    let load: ExpertLoad
    let past: ExpertLoad
    let accuracy: Double
    let generator: SeededGenerator
    let drawn: Drawn
  }

  private let last = Guarded<Last?>(nil)

  /// - Parameters:
  ///   - load: what comes.
  ///   - past: what wrong guesses are drawn from, of the same shape.
  ///   - accuracy: the probability that a visit is foreseen right.
  func drawn(_ load: ExpertLoad, past: ExpertLoad, accuracy: Double, by generator: SeededGenerator) -> Drawn {
    last.withLock { last in
      if let last, last.accuracy == accuracy, last.generator == generator, last.load == load, last.past == past {
        return last.drawn
      }
      let drawn = Self.draw(load, past: past, accuracy: accuracy, by: generator)
      last = Last(load: load, past: past, accuracy: accuracy, generator: generator, drawn: drawn)
      return drawn
    }
  }

  private static func draw(
    _ load: ExpertLoad, past: ExpertLoad, accuracy: Double, by generator: SeededGenerator
  ) -> Drawn {
    var drawn = Drawn(guess: ExpertLoad(zeroFor: load.layers, experts: load.experts), generator: generator)
    // A copy of its own is kept in registers.
    var generator = generator
    for layer in 0..<load.layers {
      let start = layer * load.experts
      let distribution = CumulativeTable(cumulative(past[layer]))
      var guesses = Array(repeating: 0.0, count: load.experts)
      for (expert, tokens) in load[layer].enumerated() {
        let count = Int(tokens.rounded())
        var right = 0
        for _ in 0..<count {
          guard generator.unit() >= accuracy else {
            right += 1
            continue
          }
          let guessed = distribution.draw(&generator)
          guesses[guessed] += 1
          if guessed == expert { drawn.hits += 1 }
        }
        guesses[expert] += Double(right)
        drawn.visits += count
        drawn.hits += right
      }
      drawn.guess.values.replaceSubrange(start..<start + load.experts, with: guesses)
    }
    drawn.generator = generator
    return drawn
  }

  /// Probabilities of an expert and all before it; an even one of nothing.
  private static func cumulative(_ past: some Collection<Double>) -> [Double] {
    let total = past.reduce(0, +)
    var sum = 0.0
    return past.map { tokens in
      sum += total > 0 ? tokens / total : 1 / Double(past.count)
      return sum
    }
  }
}
