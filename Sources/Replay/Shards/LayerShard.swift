import Diagnostics
import LoadBalancing

/// Some layers of a replay, replayed apart: what they came to step by step, to be added up with the others in the order
/// of a whole replay, so that the sum has the same bytes.
///
/// Its memory grows with the trace: some 35 numbers a policy, step and layer.
package struct LayerShard: Equatable, Sendable {
  /// Of one policy.
  package struct Part: Equatable, Sendable {
    package let layers: Range<Int>
    /// `[steps][layers][figures]` of `LayerOutcome`.
    package private(set) var outcomes: [Double] = []
    /// `[layers][ranks]` tokens of each rank, summed over steps.
    package private(set) var rankTokens: [Double]

    init(layers: Range<Int>, ranks: Int) {
      self.layers = layers
      rankTokens = Array(repeating: 0, count: layers.count * ranks)
    }

    /// - Returns: nil for values of other shapes.
    package init?(layers: Range<Int>, ranks: Int, outcomes: [Double], rankTokens: [Double]) {
      let step = layers.count * LayerOutcome.figureCount
      guard rankTokens.count == layers.count * ranks, step > 0 ? outcomes.count % step == 0 : outcomes.isEmpty else {
        return nil
      }
      self.layers = layers
      self.outcomes = outcomes
      self.rankTokens = rankTokens
    }

    /// Takes in a segment of so many steps.
    mutating func add(_ blocks: [Segment.Block], steps: Int) {
      guard !layers.isEmpty else { return }
      let ranks = rankTokens.count / layers.count
      for step in 0..<steps {
        for outcome in blocks.outcomes(step: step, of: steps, machine: 0) { outcomes += outcome.figures }
        let row = blocks.rows(\.rankTokens[0], step: step, of: steps, width: ranks)
        for index in rankTokens.indices { rankTokens[index] += row[index] }
      }
    }

    /// Steps replayed; nil without a layer.
    var steps: Int? { layers.isEmpty ? nil : outcomes.count / (layers.count * LayerOutcome.figureCount) }
    /// Ranks that a layer's tokens are of; nil without a layer.
    var ranks: Int? { layers.isEmpty ? nil : rankTokens.count / layers.count }

    fileprivate func outcome(step: Int, layer: Int) -> LayerOutcome {
      let start = (step * layers.count + layer - layers.lowerBound) * LayerOutcome.figureCount
      return LayerOutcome(figures: outcomes[start..<start + LayerOutcome.figureCount])
    }

    fileprivate func rankTokens(layer: Int) -> ArraySlice<Double> {
      let ranks = rankTokens.count / layers.count
      return rankTokens[(layer - layers.lowerBound) * ranks..<(layer - layers.lowerBound + 1) * ranks]
    }
  }

  static let mismatch = InputError("shards that do not make up this replay")

  package let layers: Range<Int>
  /// `[policies]`, the baseline first.
  package let policies: [Part]

  /// - Precondition: every part is of these layers.
  package init(layers: Range<Int>, policies: [Part]) {
    precondition(policies.allSatisfy { $0.layers == layers })
    self.layers = layers
    self.policies = policies
  }
}

extension [LayerShard.Part] {
  /// What some layers came to in steps of a batch, as a replay of them here would find it. All tokens of a layer's ranks
  /// stand in the first step of the replay: nobody asks for more than their sum.
  ///
  /// - Parameters:
  ///   - shape: of the ranks alive.
  ///   - ranks: of the cluster.
  func block(
    _ layers: Range<Int>, steps: Range<Int>, of batch: StepBatch, in shape: PlacementShape, ranks: Int
  ) throws(InputError) -> Segment.Block {
    guard allSatisfy({ ($0.steps ?? .max) >= batch.first + steps.upperBound && $0.ranks ?? ranks == ranks })
    else { throw LayerShard.mismatch }
    var block = Segment.Block(layers: layers, machines: 1, steps: steps)
    for layer in layers {
      guard let part = first(where: { $0.layers.contains(layer) }) else {
        preconditionFailure("a layer that no shard has")
      }
      let tokens = part.rankTokens(layer: layer)
      for step in steps {
        let ordinal = batch.first + step
        block.outcomes[0].append(part.outcome(step: ordinal, layer: layer))
        block.rankTokens[0] += ordinal == 0 ? tokens : ArraySlice(repeating: 0, count: tokens.count)
        block.expertTokens += batch.steps[step].routing.load(
          ofLayer: layer, of: shape.layers, experts: shape.experts)
      }
    }
    return block
  }
}
