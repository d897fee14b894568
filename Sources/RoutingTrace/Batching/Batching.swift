import Diagnostics

/// How recorded sequences share forward passes.
public enum Batching: Equatable, Sendable {
  /// Sequences one after another, cut every `tokensPerStep` tokens.
  case prefill(tokensPerStep: Int)
  /// `sequences` in flight, one token of each per step; a finished one is replaced by the next. The first `skip`
  /// tokens of each are left out.
  case decode(sequences: Int, skip: Int)

  /// Tokens of one step are held in memory; more than this is a mistake.
  public static let maximumTokens = 1 << 20

  public func steps(of sequences: any SequenceSource) throws(InputError) -> any StepSource {
    switch self {
    case .prefill(let tokensPerStep):
      try Self.check(tokensPerStep, "--tokens-per-step")
      return PrefillBatches(sequences, tokensPerStep: tokensPerStep)
    case .decode(let inFlight, let skip):
      try Self.check(inFlight, "--sequences")
      guard skip >= 0 else { throw InputError("\(skip), expected 0 or more", in: "--skip", status: .usage) }
      return DecodeBatches(sequences, inFlight: inFlight, skip: skip)
    }
  }

  private static func check(_ count: Int, _ option: String) throws(InputError) {
    guard (1...maximumTokens).contains(count) else {
      throw InputError("\(count), expected 1…\(maximumTokens)", in: option, status: .usage)
    }
  }
}

/// One token of a sequence in a batch.
private struct BatchedToken {
  var sequence: UInt32
  /// `[layers][topK]`.
  var experts: ArraySlice<UInt16>
}

extension RoutingStep {
  /// A step of tokens whose experts are `[layers][topK]` each.
  fileprivate init(number: Int, phase: Phase, batch: [BatchedToken], header: TraceHeader) {
    let experts = Self.byLayers(batch.map(\.experts), layers: header.layers, topK: header.topK ?? 1)
    self.init(
      number: number, phase: phase, tokens: batch.count, experts: experts, sequences: batch.map(\.sequence))
  }
}

private final class PrefillBatches: StepSource {
  let header: TraceHeader
  private let sequences: any SequenceSource
  private let tokensPerStep: Int
  private var current = RoutedSequence(tokens: 0, experts: [])
  private var position = 0
  private var sequence = -1
  private var number = 0

  init(_ sequences: any SequenceSource, tokensPerStep: Int) {
    self.sequences = sequences
    self.tokensPerStep = tokensPerStep
    var header = sequences.header
    header.phase = .prefill
    self.header = header
  }

  func next() throws -> RoutingStep? {
    let width = header.layers * (header.topK ?? 1)
    var batch = [BatchedToken]()
    while batch.count < tokensPerStep {
      if position == current.tokens {
        guard let next = try sequences.next() else { break }
        current = next
        position = 0
        sequence += 1
        continue
      }
      let experts = current.experts[position * width..<(position + 1) * width]
      batch.append(BatchedToken(sequence: UInt32(sequence), experts: experts))
      position += 1
    }
    guard !batch.isEmpty else { return nil }
    defer { number += 1 }
    return RoutingStep(number: number, phase: .prefill, batch: batch, header: header)
  }
}

private final class DecodeBatches: StepSource {
  private struct Flight {
    var sequence: UInt32
    var content: RoutedSequence
    var position: Int
  }

  let header: TraceHeader
  private let sequences: any SequenceSource
  private let inFlight: Int
  private let skip: Int
  private var flights: [Flight] = []
  private var sequence: UInt32 = 0
  private var number = 0

  init(_ sequences: any SequenceSource, inFlight: Int, skip: Int) {
    self.sequences = sequences
    self.inFlight = inFlight
    self.skip = skip
    var header = sequences.header
    header.phase = .decode
    self.header = header
  }

  func next() throws -> RoutingStep? {
    while flights.count < inFlight, let flight = try takeOff() { flights.append(flight) }
    guard !flights.isEmpty else { return nil }
    let width = header.layers * (header.topK ?? 1)
    let batch = flights.map { flight in
      BatchedToken(
        sequence: flight.sequence,
        experts: flight.content.experts[flight.position * width..<(flight.position + 1) * width])
    }
    let step = RoutingStep(number: number, phase: .decode, batch: batch, header: header)
    number += 1
    try advance()
    return step
  }

  /// A successor takes the place of its predecessor in the batch; without one the batch shrinks.
  private func advance() throws(InputError) {
    var remaining = [Flight]()
    for var flight in flights {
      flight.position += 1
      if flight.position < flight.content.tokens {
        remaining.append(flight)
      } else if let next = try takeOff() {
        remaining.append(next)
      }
    }
    flights = remaining
  }

  /// The next sequence that has tokens beyond those that are skipped.
  private func takeOff() throws(InputError) -> Flight? {
    while let content = try sequences.next() {
      defer { sequence += 1 }
      if content.tokens > skip { return Flight(sequence: sequence, content: content, position: skip) }
    }
    return nil
  }
}
