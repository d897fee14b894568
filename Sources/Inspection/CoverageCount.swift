import RoutingTrace

/// How many of a layer's experts a batch of tokens visits.
public struct Coverage: Codable, Equatable, Sendable {
  /// Of a batch.
  public var tokens: Int
  /// Distinct experts that a batch visits in a layer, mean over layers and batches.
  public var experts: Double
  /// The same if all experts were as likely and tokens independent: E · (1 − (1 − k/E)^tokens).
  public var even: Double
  /// Batches that it is the mean of.
  public var batches: Int
}

/// Counts the distinct experts of batches of 1, 4, 16, … 4096 tokens in a row, of each size the first eight.
///
/// Tokens follow each other as recorded, across steps. A batch that the trace ends in is not counted.
struct CoverageCount: Sendable {
  private static let sizes = (0...6).map { 1 << (2 * $0) }
  private static let batches = 8

  private let header: TraceHeader
  private let topK: Int
  private var counts: [BatchCount]

  init(_ header: TraceHeader, topK: Int) {
    self.header = header
    self.topK = topK
    counts = Self.sizes.map { BatchCount(size: $0, experts: header.layers * header.experts) }
  }

  /// - Precondition: the step was validated, and has tokens.
  mutating func add(_ step: RoutingStep) {
    for index in counts.indices { counts[index].add(step, header, topK: topK, batches: Self.batches) }
  }

  var coverage: [Coverage] {
    let (experts, layers) = (Double(header.experts), Double(header.layers))
    return counts.filter { $0.batches > 0 }.map { count in
      Coverage(
        tokens: count.size, experts: Double(count.distinct) / Double(count.batches) / layers,
        even: experts * (1 - exponential(1 - Double(topK) / experts, count.size)), batches: count.batches)
    }
  }

  /// Sizes are powers of four.
  private func exponential(_ base: Double, _ size: Int) -> Double {
    var power = base
    for _ in 0..<size.trailingZeroBitCount { power *= power }
    return power
  }
}

/// Batches of one size.
private struct BatchCount: Sendable {
  let size: Int
  private(set) var batches = 0
  /// Experts with a visit, over layers and batches that are over.
  private(set) var distinct = 0
  /// `[layers][experts]` whether the batch has visited it.
  private var visited: [Bool]
  private var found = 0
  private var tokens = 0

  init(size: Int, experts: Int) {
    self.size = size
    visited = Array(repeating: false, count: experts)
  }

  mutating func add(_ step: RoutingStep, _ header: TraceHeader, topK: Int, batches most: Int) {
    var token = 0
    while token < step.tokens, batches < most {
      let end = min(step.tokens, token + size - tokens)
      for layer in 0..<header.layers {
        let start = layer * step.tokens
        for visit in (start + token) * topK..<(start + end) * topK {
          let expert = step.experts[visit]
          if step.hasDropped, expert == RoutingStep.dropped { continue }
          let place = layer * header.experts + Int(expert)
          if !visited[place] {
            visited[place] = true
            found += 1
          }
        }
      }
      tokens += end - token
      token = end
      if tokens == size { close() }
    }
  }

  private mutating func close() {
    distinct += found
    batches += 1
    for place in visited.indices { visited[place] = false }
    (found, tokens) = (0, 0)
  }
}
