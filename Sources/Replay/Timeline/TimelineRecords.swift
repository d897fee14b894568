import LoadBalancing
import PerformanceModel

/// What the chosen steps of a batch looked like under one policy, gathered while it is replayed and taken after.
struct TimelineRecords {
  /// A step, without what the batch knows of it.
  struct Entry {
    var ordinal: Int
    var total: Double
    var stall: Double
    var arrivals: [Int]
    var moves: [StepTimeline.Move]
    var plansBegun: [Int]
    var plansInForce: [StepTimeline.InForce]
    var layers: [StepTimeline.Layer]
  }

  /// Ordinals in the replay.
  let steps: Range<Int>
  /// `[machines][steps]`.
  private(set) var entries: [[Entry]]
  private let layerNumbers: [Int]
  /// Before the step that comes next.
  private var plans: PlanNumbers
  private var begun: [Int] = []
  private var inForce: [StepTimeline.InForce] = []
  private var arrivals: [Int] = []

  init(_ steps: Range<Int>, of replay: PolicyReplay) {
    self.steps = steps
    entries = replay.machines.map { _ in [] }
    layerNumbers = replay.setting.header.layerNumbers
    plans = PlanNumbers(layers: replay.shape.layers)
  }

  /// Before a step, after its plans.
  mutating func prepare(_ plans: PlanNumbers) {
    begun += self.plans.begun < plans.begun ? Array(self.plans.begun + 1...plans.begun) : []
    let changed = zip(self.plans.ofLayer, plans.ofLayer).filter { $0 != $1 }.map(\.1)
    inForce += Dictionary(grouping: changed) { $0 }.sorted { $0.key < $1.key }.map {
      StepTimeline.InForce(plan: $0.key, layers: $0.value.count)
    }
    self.plans = plans
  }

  /// Takes in experts that the next step waits for.
  mutating func stalled(for transfers: ExpertTransfers, ranks: Int) {
    arrivals = Array(repeating: 0, count: ranks)
    for fetch in transfers.layers.flatMap(\.fetches) { arrivals[fetch.receiver] += 1 }
  }

  /// - Parameters:
  ///   - outcomes: `[layers]` of the step.
  ///   - ranks: `[layers][ranks]`.
  ///   - prediction: microseconds that each layer waited for its prediction.
  mutating func add(
    _ outcomes: [LayerOutcome], ranks: [[StepTimeline.Rank]], ordinal: Int, lastOf time: TimeTotals, overlap: Overlap,
    prediction: Double, machine: Int
  ) {
    guard steps.contains(ordinal) else { return }
    let layers = outcomes.indices.map { index in
      StepTimeline.Layer(
        number: layerNumbers[index], plan: plans.ofLayer[index], prediction: prediction, time: outcomes[index].time,
        overlap: overlap, balancedness: outcomes[index].rank.balancedness, ranks: ranks[index])
    }
    entries[machine].append(
      Entry(
        ordinal: ordinal, total: time.totalPerStep.last ?? 0, stall: time.stallPerStep.last ?? 0, arrivals: arrivals,
        moves: [], plansBegun: begun, plansInForce: inForce, layers: layers))
  }

  /// Takes in what was sent beside the step added last.
  mutating func add(_ sent: [PlacementRollout.Sent], in idle: IdleTime, ordinal: Int, machine: Int) {
    guard steps.contains(ordinal) else { return }
    let moves = sent.map { part in
      StepTimeline.Move(
        layer: layerNumbers[part.layer], plan: part.plan, experts: part.experts, start: idle.start(of: part.after),
        end: idle.end(of: part.after + part.time), sent: part.time, left: part.left)
    }
    entries[machine][entries[machine].count - 1].moves = moves
  }

  /// After a step on all machines.
  mutating func endStep() {
    begun = []
    inForce = []
    arrivals = []
  }

  /// Forgets the steps of the batch.
  mutating func clear() {
    for machine in entries.indices { entries[machine].removeAll(keepingCapacity: true) }
  }
}
