import RoutingTrace

/// Loads over the course of a trace whose length is not known until its end.
///
/// Steps are added up in blocks; when there are 64 of them, or as many as 16 MiB hold, neighbours merge and blocks become
/// twice as long.
package struct LoadAccumulator {
  private let layers: Int
  private let experts: Int
  /// An even number.
  private let maximumBlocks: Int
  private var blocks: [[UInt64]] = []
  private var stepsPerBlock = 1
  private var stepsInLast = 0
  package private(set) var steps = 0
  package private(set) var tokens = 0
  private(set) var fewestTokens = Int.max
  package private(set) var mostTokens = 0

  init(layers: Int, experts: Int) {
    self.layers = layers
    self.experts = experts
    maximumBlocks = max(2, min(64, (1 << 21) / (layers * experts)) & ~1)
  }

  /// Takes in a step, before the load of its layers.
  mutating func add(_ step: RoutingStep) {
    if blocks.isEmpty || stepsInLast == stepsPerBlock { startBlock() }
    stepsInLast += 1
    steps += 1
    tokens &+= step.tokens
    fewestTokens = min(fewestTokens, step.tokens)
    mostTokens = max(mostTokens, step.tokens)
  }

  /// - Parameter load: `[experts]` tokens per expert of the step taken in last.
  mutating func add(_ load: [UInt64], layer: Int) { blocks[blocks.count - 1].add(load, layer: layer) }

  private mutating func startBlock() {
    if blocks.count == maximumBlocks {
      blocks = stride(from: 0, to: maximumBlocks, by: 2).map { first in
        zip(blocks[first], blocks[first + 1]).map { $0 &+ $1 }
      }
      stepsPerBlock *= 2
    }
    blocks.append([UInt64](repeating: 0, count: layers * experts))
    stepsInLast = 0
  }

  /// `[layers][experts]` tokens of the whole trace.
  package var total: [UInt64] { sum(blocks[...]) }

  /// `[segments][layers][experts]` tokens in equal stretches of the trace, at most `count`.
  package func segments(_ count: Int) -> [[UInt64]] {
    let segments = max(1, min(count, blocks.count))
    return (0..<segments).map { index in
      sum(blocks[index * blocks.count / segments..<(index + 1) * blocks.count / segments])
    }
  }

  private func sum(_ part: ArraySlice<[UInt64]>) -> [UInt64] {
    part.reduce(into: [UInt64](repeating: 0, count: layers * experts)) { total, block in
      for i in total.indices { total[i] &+= block[i] }
    }
  }

  /// Correlation of the load with itself 1, 2, 4, … blocks later, the lag in steps; empty for a single block.
  var drift: [(lag: Int, correlation: Double)] {
    var result: [(lag: Int, correlation: Double)] = []
    var lag = 1
    while lag < blocks.count {
      var (sum, count) = (0.0, 0)
      for first in 0..<blocks.count - lag {
        for layer in 0..<layers {
          let range = layer * experts..<(layer + 1) * experts
          let (a, b) = (blocks[first][range].map { Double($0) }, blocks[first + lag][range].map { Double($0) })
          guard let correlation = LoadStatistics.correlation(a, b) else { continue }
          sum += correlation
          count += 1
        }
      }
      if count > 0 { result.append((lag * stepsPerBlock, sum / Double(count))) }
      lag *= 2
    }
    return result
  }

  /// `[layers][experts]` tokens in the first and in the second half of the blocks.
  var halves: (first: [UInt64], second: [UInt64]) {
    let middle = (blocks.count + 1) / 2
    return (sum(blocks[..<middle]), sum(blocks[middle...]))
  }
}
