import Diagnostics
import LoadBalancing

/// What consecutive steps under one placement came to, layers block by block as threads finish them.
final class Segment: Sendable {
  /// What some layers came to in the steps of a segment; `[layers][steps]` each.
  struct Block: Sendable {
    let layers: Range<Int>
    /// Places in the batch.
    let steps: Range<Int>
    /// `[machines]` of all members, `[layers][steps]` each.
    var outcomes: [[LayerOutcome]]
    /// `[layers][steps][experts]` tokens.
    var expertTokens: [Double] = []
    /// `[members]` of the group, `[layers][steps][ranks]` tokens each.
    var rankTokens: [[Double]]
    /// `[machines]`, by place of the steps that timelines show, `[layers][ranks]`.
    var timelines: [[Int: [[StepTimeline.Rank]]]]
    /// `[layers][steps]` what ranks need at hand; none without a cache.
    var needs: [RankNeeds] = []

    init(layers: Range<Int>, members: Int = 1, machines: Int, steps: Range<Int>) {
      self.layers = layers
      self.steps = steps
      rankTokens = Array(repeating: [], count: members)
      outcomes = Array(repeating: [], count: machines)
      timelines = Array(repeating: [:], count: machines)
      for machine in outcomes.indices { outcomes[machine].reserveCapacity(layers.count * steps.count) }
    }
  }

  private let blocks = Guarded<[Block]>([])
  private let blockCount: Int

  init(blocks count: Int) { blockCount = count }

  /// Takes in a block that is over.
  ///
  /// - Returns: all blocks in the order of layers when it was the last, else nil.
  func finish(_ block: Block) -> [Block]? {
    blocks.withLock {
      $0.append(block)
      return $0.count < blockCount ? nil : $0.sorted { $0.layers.lowerBound < $1.layers.lowerBound }
    }
  }
}

extension [Segment.Block] {
  /// `[layers]` outcomes of one step.
  ///
  /// - Parameters:
  ///   - place: of the step in the segment.
  ///   - count: steps of the segment.
  func outcomes(step place: Int, of count: Int, machine: Int) -> [LayerOutcome] {
    var outcomes: [LayerOutcome] = []
    outcomes.reserveCapacity(reduce(0) { $0 + $1.layers.count })
    for block in self {
      for layer in 0..<block.layers.count { outcomes.append(block.outcomes[machine][layer * count + place]) }
    }
    return outcomes
  }

  /// `[layers][ranks]` of one step, none where no timeline shows it; parameters as above.
  func ranks(step place: Int, machine: Int) -> [[StepTimeline.Rank]] {
    flatMap { $0.timelines[machine][place] ?? [] }
  }

  /// `[layers]` of one step, none without a cache; parameters as above.
  func needs(step place: Int, of count: Int) -> [RankNeeds] {
    flatMap { block in block.needs.isEmpty ? [] : (0..<block.layers.count).map { block.needs[$0 * count + place] } }
  }

  /// `[layers][experts]` tokens of one step; parameters as above.
  func load(step place: Int, of count: Int, experts: Int) -> ExpertLoad {
    let values = rows({ $0.expertTokens }, step: place, of: count, width: experts)
    return ExpertLoad(layers: values.count / experts, experts: experts, values: values)
  }

  /// `[layers][width]` values of one step.
  ///
  /// - Parameter values: `[layers][steps][width]` of a block.
  func rows(_ values: (Segment.Block) -> [Double], step place: Int, of count: Int, width: Int) -> [Double] {
    var rows: [Double] = []
    rows.reserveCapacity(reduce(0) { $0 + $1.layers.count } * width)
    for block in self {
      let values = values(block)
      for layer in 0..<block.layers.count {
        let start = (layer * count + place) * width
        rows += values[start..<start + width]
      }
    }
    return rows
  }
}
