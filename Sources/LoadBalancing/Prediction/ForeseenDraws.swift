import Diagnostics
import Randomness

/// The draws of token-to-expert predictions of one recipe, in the order of the visits that are foreseen: a policy that is
/// replayed on several machines foresees the same on all, and it is drawn once.
///
/// Draws that nobody asks for are passed over: a visit takes one, and one more where it is foreseen wrong.
final class ForeseenDraws: Sendable {
  /// What foreseeing a load came to.
  struct Drawn {
    fileprivate(set) var guess: ExpertLoad
    /// Visits of the load that were foreseen right.
    fileprivate(set) var hits = 0
  }

  private struct Last {
    let load: ExpertLoad
    let past: ExpertLoad
    let visitsBefore: Int
    let drawn: Drawn
  }

  /// The generator when so many visits are over.
  private struct Mark {
    let visits: Int
    let generator: SeededGenerator
  }

  private struct State {
    var last: Last?
    /// Ascending, from no visits on.
    var marks: [Mark]

    /// The first one, and the others as long as there are few.
    mutating func add(_ mark: Mark) {
      let place = marks.firstIndex { $0.visits >= mark.visits } ?? marks.count
      if place < marks.count, marks[place].visits == mark.visits { return }
      marks.insert(mark, at: place)
      if marks.count > ForeseenDraws.mostMarks { marks.remove(at: 1) }
    }
  }

  private static let mostMarks = 64

  private let accuracy: Double
  private let state: Guarded<State>

  /// - Parameter accuracy: the probability that a visit is foreseen right.
  init(accuracy: Double, seed: UInt64) {
    self.accuracy = accuracy
    state = Guarded(State(marks: [Mark(visits: 0, generator: SeededGenerator(seed: seed))]))
  }

  /// Visits that are drawn for a load.
  static func visits(of load: ExpertLoad) -> Int { load.values.reduce(0) { $0 + visits($1) } }

  /// The nearest whole number, the larger one of two as near.
  private static func visits(_ tokens: Double) -> Int {
    let whole = Int(tokens)
    return tokens - Double(whole) >= 0.5 ? whole + 1 : whole
  }

  /// - Parameters:
  ///   - load: what comes.
  ///   - past: what wrong guesses are drawn from, of the same shape.
  ///   - visitsBefore: whose draws come first.
  func drawn(_ load: ExpertLoad, past: ExpertLoad, after visitsBefore: Int) -> Drawn {
    state.withLock { state in
      if let last = state.last, last.visitsBefore == visitsBefore, last.load == load, last.past == past {
        return last.drawn
      }
      var generator = generator(after: visitsBefore, from: state.marks)
      state.add(Mark(visits: visitsBefore, generator: generator))
      let drawn = draw(load, past: past, by: &generator)
      state.add(Mark(visits: visitsBefore + Self.visits(of: load), generator: generator))
      state.last = Last(load: load, past: past, visitsBefore: visitsBefore, drawn: drawn)
      return drawn
    }
  }

  private func generator(after visits: Int, from marks: [Mark]) -> SeededGenerator {
    let mark = marks.last { $0.visits <= visits } ?? marks[0]
    var generator = mark.generator
    // No branch hangs on a draw, which is a visit's first, or the guess in place of one that was foreseen wrong: `unit()`
    // is a whole number of 2^−53.
    let least = UInt64((accuracy * 0x1p53).rounded(.up))
    var (left, isGuess) = (visits - mark.visits, UInt64(0))
    while left > 0 {
      let isWrong = 1 &- ((generator.next() >> 11) &- least) >> 63
      left &-= Int(truncatingIfNeeded: 1 &- isGuess)
      isGuess = isWrong & ~isGuess
    }
    if isGuess > 0 { _ = generator.next() }
    return generator
  }

  private func draw(_ load: ExpertLoad, past: ExpertLoad, by given: inout SeededGenerator) -> Drawn {
    var drawn = Drawn(guess: ExpertLoad(zeroFor: load.layers, experts: load.experts))
    // A copy of its own is kept in registers.
    var generator = given
    for layer in 0..<load.layers {
      let start = layer * load.experts
      let distribution = CumulativeTable(cumulative(past[layer]))
      var guesses = Array(repeating: 0.0, count: load.experts)
      for (expert, tokens) in load[layer].enumerated() {
        var right = 0
        for _ in 0..<Self.visits(tokens) {
          guard generator.unit() >= accuracy else {
            right += 1
            continue
          }
          let guessed = distribution.draw(&generator)
          guesses[guessed] += 1
          if guessed == expert { drawn.hits += 1 }
        }
        guesses[expert] += Double(right)
        drawn.hits += right
      }
      drawn.guess.values.replaceSubrange(start..<start + load.experts, with: guesses)
    }
    given = generator
    return drawn
  }

  /// Probabilities of an expert and all before it; an even one of nothing.
  private func cumulative(_ past: some Collection<Double>) -> [Double] {
    let total = past.reduce(0, +)
    var sum = 0.0
    return past.map { tokens in
      sum += total > 0 ? tokens / total : 1 / Double(past.count)
      return sum
    }
  }
}
