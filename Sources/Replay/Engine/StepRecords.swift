import PerformanceModel

/// What single steps of a batch came to under one policy, gathered while it is replayed and taken after.
struct StepRecords {
  struct Entry {
    var step: PolicyTotals
    /// `[layers]`, if asked for.
    var layers: [PolicyTotals]
    /// Plans that were not worth moving to.
    var skipped: Int
  }

  private let isByLayer: Bool
  /// `[machines][steps]`.
  private(set) var entries: [[Entry]]
  /// `[machines]` moves and plans skipped up to the last step.
  private var moves: [MoveTotals]
  private var skipped: [Int]

  init(machines: Int, byLayer: Bool) {
    isByLayer = byLayer
    entries = Array(repeating: [], count: machines)
    moves = Array(repeating: MoveTotals(), count: machines)
    skipped = Array(repeating: 0, count: machines)
  }

  /// - Parameters:
  ///   - outcomes: `[layers]` of the step.
  ///   - totals: which have the step as their last.
  ///   - skippedPlans: so far.
  ///   - prediction: microseconds that each layer waited for its prediction.
  mutating func add(
    _ outcomes: [LayerOutcome], lastOf totals: PolicyTotals, skippedPlans: Int, overlap: Overlap, prediction: Double,
    machine: Int
  ) {
    let layers = isByLayer ? outcomes.map { PolicyTotals(layer: $0, overlap: overlap, prediction: prediction) } : []
    let step = totals.last(
      outcomes, since: moves[machine], overlap: overlap, prediction: prediction * Double(outcomes.count))
    entries[machine].append(Entry(step: step, layers: layers, skipped: skippedPlans - skipped[machine]))
    moves[machine] = totals.moves
    skipped[machine] = skippedPlans
  }

  /// Forgets the steps of the batch.
  mutating func clear() {
    for machine in entries.indices { entries[machine].removeAll(keepingCapacity: true) }
  }
}

extension PolicyTotals {
  /// One layer of one step.
  fileprivate init(layer: LayerOutcome, overlap: Overlap, prediction: Double) {
    self.init()
    add([layer], overlap: overlap, prediction: prediction)
  }
}
