import Diagnostics
import Foundation
import Randomness
import RoutingTrace

/// How a workload's tokens form steps.
enum WorkloadBatching: Sendable, Equatable {
  /// Steps of one size. In a decode the token at each place continues the sequence of that place; otherwise a step is
  /// one sequence.
  case fixed(steps: Int, tokensPerStep: Int, isDecode: Bool)
  /// Sequences one after another, cut every `tokensPerStep` tokens.
  case prefill(SequenceLengths, tokensPerStep: Int)
  /// `inFlight` sequences at a time, one token of each per step; a finished one is replaced by the next.
  case decode(SequenceLengths, inFlight: Int)

  init(_ settings: Settings, phase: Phase?) throws(InputError) {
    let sizes = 1...Batching.maximumTokens
    guard let section = try settings.optionalSection("sequences") else {
      self = .fixed(
        steps: try settings.integer("steps", in: 1...Workload.maximumSteps),
        tokensPerStep: try settings.integer("tokensPerStep", in: sizes), isDecode: phase == .decode)
      return
    }
    let lengths = try SequenceLengths(section)
    switch phase {
    case .prefill: self = .prefill(lengths, tokensPerStep: try settings.integer("tokensPerStep", in: sizes))
    case .decode: self = .decode(lengths, inFlight: try settings.integer("inFlight", in: sizes))
    default: throw settings.error("sequences need phase: prefill or phase: decode", at: "phase")
    }
  }

  var largestStep: Int {
    switch self {
    case .fixed(_, let tokens, _), .prefill(_, let tokens), .decode(_, let tokens): tokens
    }
  }
}

/// A token's place in its sequence.
struct PlannedToken {
  var sequence: Int
  /// Where the sequence's previous token is remembered.
  var place: Int
  var isFirst: Bool
}

/// Hands out the tokens of one step after the other.
struct BatchPlan {
  private let batching: WorkloadBatching
  private var lengths: [Int] = []
  /// Index of the next sequence that was not begun.
  private var nextSequence = 0
  /// Sequence and tokens left at each place.
  private var places: [(sequence: Int, left: Int, isFirst: Bool)] = []
  private var step = 0

  init(_ batching: WorkloadBatching, seed: UInt64) {
    self.batching = batching
    var generator = SeededGenerator(seed: seed, stream: 0xBA7C)
    switch batching {
    case .fixed: break
    case .prefill(let sequences, _), .decode(let sequences, _): lengths = sequences.draw(&generator)
    }
  }

  /// Whether tokens belong to recorded sequences, rather than to places.
  var hasSequences: Bool { !lengths.isEmpty }

  /// How many places `next()` uses.
  var placeCount: Int {
    switch batching {
    case .fixed(_, let tokens, let isDecode): isDecode ? tokens : 1
    case .prefill: 1
    case .decode(_, let inFlight): inFlight
    }
  }

  /// Tokens of all steps.
  func countTokens() -> Int {
    if case .fixed(let steps, let tokens, _) = batching { return steps * tokens }
    return lengths.reduce(0, +)
  }

  /// Steps that `next()` will give in all.
  func countSteps() -> Int {
    if case .fixed(let steps, _, _) = batching { return steps }
    if case .prefill(_, let tokens) = batching { return (lengths.reduce(0, +) + tokens - 1) / tokens }
    var copy = self
    var count = 0
    while copy.next() != nil { count += 1 }
    return count
  }

  mutating func next() -> [PlannedToken]? {
    defer { step += 1 }
    switch batching {
    case .fixed(let steps, let tokens, let isDecode):
      guard step < steps else { return nil }
      return (0..<tokens).map { token in
        isDecode
          ? PlannedToken(sequence: token, place: token, isFirst: step == 0)
          : PlannedToken(sequence: step, place: 0, isFirst: token == 0)
      }
    case .prefill(_, let tokens): return prefill(tokens)
    case .decode(_, let inFlight): return decode(inFlight)
    }
  }

  private mutating func prefill(_ tokens: Int) -> [PlannedToken]? {
    var batch = [PlannedToken]()
    while batch.count < tokens {
      if places.isEmpty, !begin() { break }
      batch.append(PlannedToken(sequence: places[0].sequence, place: 0, isFirst: places[0].isFirst))
      places[0].isFirst = false
      places[0].left -= 1
      if places[0].left == 0 { places.removeAll() }
    }
    return batch.isEmpty ? nil : batch
  }

  private mutating func decode(_ inFlight: Int) -> [PlannedToken]? {
    while places.count < inFlight, begin() {}
    var batch = [PlannedToken]()
    for place in places.indices where places[place].left > 0 {
      batch.append(
        PlannedToken(sequence: places[place].sequence, place: place, isFirst: places[place].isFirst))
      places[place].isFirst = false
      places[place].left -= 1
      if places[place].left == 0, begin() { places.swapAt(place, places.count - 1); places.removeLast() }
    }
    return batch.isEmpty ? nil : batch
  }

  private mutating func begin() -> Bool {
    guard nextSequence < lengths.count else { return false }
    places.append((sequence: nextSequence, left: lengths[nextSequence], isFirst: true))
    nextSequence += 1
    return true
  }
}
