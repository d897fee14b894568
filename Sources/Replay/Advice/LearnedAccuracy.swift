import LoadBalancing
import RoutingTrace

/// How many visits two learned token-to-expert predictors get right on steps that they were not trained on.
///
/// Both are trained on the first half of a trace's steps. `frequency` always guesses a layer's top-k most popular
/// experts. `previousLayer` guesses the k experts with the largest Σ P(expert | expert of the previous layer) over the
/// experts that the token visited there; in the first layer it is `frequency`.
public struct LearnedAccuracy: Codable, Equatable, Sendable {
  public var frequency: Double
  public var previousLayer: Double

  /// The better of the two.
  public var best: Double { max(frequency, previousLayer) }

  /// Tokens that the evaluation looks at, at most: enough for an error below 1 % of the accuracy.
  static let maximumTokens = 20_000

  /// - Parameter open: gives the trace's steps from the first; asked twice.
  /// - Returns: nil for counts, for traces of fewer than two steps, and beyond `Coactivation.maximumExperts`.
  /// - Complexity: O(training visits · topK + evaluated tokens · layers · topK · experts).
  public init?(topK: Int, open: () throws -> any StepSource) throws {
    let first = try open()
    let header = first.header
    guard header.content == .tokens, header.experts <= Coactivation.maximumExperts else { return nil }
    var steps = 0
    while try first.next() != nil { steps += 1 }
    guard steps > 1 else { return nil }
    let source = try open()
    var tables = RoutingTables(layers: source.header.layers, experts: source.header.experts, topK: topK)
    var position = 0
    var evaluated = 0
    while evaluated < Self.maximumTokens, let step = try source.next() {
      if position < steps / 2 {
        tables.train(step)
      } else {
        if position == steps / 2 { tables.finishTraining() }
        evaluated += tables.evaluate(step, atMost: Self.maximumTokens - evaluated)
      }
      position += 1
    }
    guard tables.visits > 0 else { return nil }
    frequency = Double(tables.frequencyHits) / Double(tables.visits)
    previousLayer = Double(tables.previousLayerHits) / Double(tables.visits)
  }
}

/// What the two predictors learn, and how often they are right.
private struct RoutingTables {
  let layers: Int
  let experts: Int
  let topK: Int
  /// `[layers][experts]` visits, and the `[layers][topK]` experts with the most.
  private var popularity: [Float]
  private var favourites: [Int] = []
  /// `[layers][experts before][experts]` visits, then their distribution given the expert before.
  private var transitions: [Float]
  private var scores: [Float]
  private(set) var visits = 0
  private(set) var frequencyHits = 0
  private(set) var previousLayerHits = 0

  init(layers: Int, experts: Int, topK: Int) {
    self.layers = layers
    self.experts = experts
    self.topK = topK
    popularity = Array(repeating: 0, count: layers * experts)
    transitions = Array(repeating: 0, count: layers * experts * experts)
    scores = Array(repeating: 0, count: experts)
  }

  private func chosen(_ step: RoutingStep, _ layer: Int, _ token: Int) -> ArraySlice<UInt16> {
    let start = (layer * step.tokens + token) * topK
    return step.experts[start..<start + topK]
  }

  mutating func train(_ step: RoutingStep) {
    for layer in 0..<layers {
      for token in 0..<step.tokens {
        for expert in chosen(step, layer, token) {
          popularity[layer * experts + Int(expert)] += 1
          guard layer > 0 else { continue }
          for before in chosen(step, layer - 1, token) {
            transitions[(layer * experts + Int(before)) * experts + Int(expert)] += 1
          }
        }
      }
    }
  }

  mutating func finishTraining() {
    for layer in 0..<layers {
      favourites += top(popularity[layer * experts..<(layer + 1) * experts])
      for before in 0..<experts {
        let row = (layer * experts + before) * experts..<(layer * experts + before + 1) * experts
        let sum = transitions[row].reduce(0, +)
        if sum > 0 { for cell in row { transitions[cell] /= sum } }
      }
    }
  }

  /// The places of the `topK` largest values, lowest place first among equals.
  private func top(_ values: ArraySlice<Float>) -> [Int] {
    var best: [Int] = []
    for (place, value) in values.enumerated() {
      if best.count == topK, value <= values[values.startIndex + best[topK - 1]] { continue }
      if best.count == topK { best.removeLast() }
      var position = best.count
      while position > 0, values[values.startIndex + best[position - 1]] < value { position -= 1 }
      best.insert(place, at: position)
    }
    return best
  }

  /// - Returns: the tokens that were looked at.
  mutating func evaluate(_ step: RoutingStep, atMost limit: Int) -> Int {
    let tokens = min(limit, step.tokens)
    for token in 0..<tokens {
      for layer in 0..<layers {
        let truth = chosen(step, layer, token)
        let usual = favourites[layer * topK..<(layer + 1) * topK]
        let usualHits = truth.count { usual.contains(Int($0)) }
        visits += topK
        frequencyHits += usualHits
        guard layer > 0 else {
          previousLayerHits += usualHits
          continue
        }
        for expert in 0..<experts { scores[expert] = 0 }
        for before in chosen(step, layer - 1, token) {
          let row = (layer * experts + Int(before)) * experts
          for expert in 0..<experts { scores[expert] += transitions[row + expert] }
        }
        let guess = top(scores[...])
        previousLayerHits += truth.count { guess.contains(Int($0)) }
      }
    }
    return tokens
  }
}
