import LoadBalancing
import Parallelism
import PerformanceModel

/// Steps that are over, kept so that placements can be tried on them.
///
/// They are spread over the predictor's window: every step of a short one, every n-th of a long one, 16 at most, and no
/// more than hold `mostVisits` between them.
struct RecentSteps {
  private struct Kept: Sendable {
    let ordinal: Int
    let step: StepBatch.Step
    let load: ExpertLoad
  }

  private static let most = 16
  private static let mostVisits = StepBatch.maximumVisits

  private var kept: [Kept] = []
  private let window: Int
  private var seen = 0
  private var stride: Int { (window + Self.most - 1) / Self.most }

  /// - Parameter window: steps that the policy's predictor goes by; `most` when nil.
  init(window: Int?) { self.window = window ?? Self.most }

  /// Takes in a step that is over.
  mutating func observe(_ step: StepBatch.Step, ordinal: Int, load: ExpertLoad) {
    seen += 1
    guard seen % stride == 0 || seen < stride && seen <= Self.most else { return }
    kept.append(Kept(ordinal: ordinal, step: step, load: load))
    while kept.count > min(Self.most, window) || kept.count > 1 && visits > Self.mostVisits { kept.removeFirst() }
  }

  private var visits: Int { kept.reduce(0) { $0 + $1.step.routing.experts.count } }

  /// Nil before the first step.
  ///
  /// - Parameters:
  ///   - shown: what a dispatch rule that goes by a prediction is shown.
  ///   - alive: ranks that placements are of.
  func trial(
    of policy: BalancingPolicy, on machine: PricedMachine, shown: ExpertLoad, alive: AliveRanks
  ) -> PlacementTrial? {
    guard !kept.isEmpty else { return nil }
    let pool = ScratchPool<LayerReplay>()
    let setting = machine.setting
    return PlacementTrial(loads: kept.map(\.load), span: Double(min(seen, window))) { [kept] layer, placement in
      try pool.with({ LayerReplay(machines: [machine], policy: policy) }) { worker in
        worker.alive = alive
        let time = try kept.reduce(0.0) { sum, kept in
          let context = DispatchContext(
            placement: placement, topK: setting.topK, ranksPerNode: alive.ranksPerNode, layer: layer,
            step: kept.ordinal, shownLoad: policy.makeDispatch().shownLoad == .none ? nil : Array(shown[layer]))
          return sum + (try worker.tryOut(kept.step, in: context))
        }
        return time / Double(kept.count)
      }
    }
  }
}
