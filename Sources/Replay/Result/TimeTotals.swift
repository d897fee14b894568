import LoadBalancing
import PerformanceModel

/// Microseconds that a policy's steps take, and of the moves that they wait for.
package struct TimeTotals: Sendable {
  package private(set) var dispatch = 0.0
  package private(set) var experts = 0.0
  package private(set) var combine = 0.0
  /// Of `experts`.
  package private(set) var waiting = 0.0
  package private(set) var upper = 0.0
  package private(set) var lower = 0.0
  /// Of `upper`, what the overlap takes away; negative where it costs time.
  package private(set) var overlapped = 0.0
  package private(set) var migration = 0.0
  /// While ranks came or went.
  package private(set) var interruption = 0.0
  /// Of it, what the step added last waited for.
  private(set) var lastInterruption = 0.0
  package private(set) var prediction = 0.0
  /// Planning after the gate and fetching weights, and of it the fetches that nothing hid.
  package private(set) var balancing = 0.0
  package private(set) var shownFetch = 0.0
  /// Waiting for experts that ranks did not have at hand.
  package private(set) var stalls = 0.0
  /// `[steps]` communication and total time of each step; the total has the migration that the step had to wait for.
  package private(set) var commPerStep: [Double] = []
  package private(set) var totalPerStep: [Double] = []
  /// By step that was interrupted, its total without that.
  private var served: [Int: Double] = [:]
  /// Of the layers with their attention, as two half batches in turn.
  package private(set) var twoBatch = 0.0
  /// `[steps]` migration that each step had to wait for, within its total.
  package private(set) var stallPerStep: [Double] = []
  /// What prices may be off in.
  package private(set) var parts = PricedParts()
  /// Whether `partsAfterStep` is kept.
  var keepsParts = false
  /// `[steps]` what prices may be off in, of all steps up to each; empty unless asked for.
  package private(set) var partsAfterStep: [PricedParts] = []
  /// Of moves that the next step has to wait for.
  private var nextStall = 0.0
  private var nextInterruption = 0.0

  package init() {}

  var comm: Double { dispatch + combine }
  var total: Double { totalPerStep.reduce(0, +) }
  /// `[steps]` total time of each step without what it waited for ranks that came or went.
  package var servedPerStep: [Double] {
    var times = totalPerStep
    for (step, time) in served { times[step] = time }
    return times
  }
  /// Of the step added last; 0 before the first.
  var lastServed: Double { served[totalPerStep.count - 1] ?? totalPerStep.last ?? 0 }

  /// - Parameters:
  ///   - layers: `[layers]` outcomes of one step.
  ///   - predictionTime: that the step waited for its prediction.
  package mutating func add(
    _ layers: some Collection<LayerOutcome>, overlap: Overlap, prediction predictionTime: Double
  ) {
    var comm = 0.0
    var total = 0.0
    for layer in layers {
      dispatch += layer.time.dispatch
      experts += layer.time.experts
      waiting += layer.expertCost?.waiting ?? 0
      combine += layer.time.combine
      balancing += layer.time.balancing
      stalls += layer.time.stall
      shownFetch += layer.balancing?.shownFetch ?? 0
      upper += layer.time.upper
      lower += layer.time.lower
      overlapped += layer.time.saved(overlap)
      comm += layer.time.communication
      total += layer.time.total(overlap)
      twoBatch += layer.twoBatchTime
      parts.add(layer, overlap: overlap)
    }
    prediction += predictionTime
    total += predictionTime
    commPerStep.append(comm)
    total += nextStall
    if nextInterruption > 0 { served[totalPerStep.count] = total }
    totalPerStep.append(total + nextInterruption)
    lastInterruption = nextInterruption
    nextInterruption = 0
    stallPerStep.append(nextStall)
    if keepsParts { partsAfterStep.append(parts) }
    nextStall = 0
  }

  /// Makes the next step wait until ranks have come or gone.
  mutating func interrupt(_ time: Double) {
    interruption += time
    nextInterruption += time
  }

  /// Makes the next step wait for moves.
  mutating func stall(_ time: Double) {
    migration += time
    nextStall += time
  }
}

extension PolicyResult {
  /// Microseconds, summed over steps and layers.
  public struct Time: Codable, Equatable, Sendable {
    public var dispatch: Double
    /// Absent when the cluster does not describe its GPUs.
    public var experts: Double?
    /// Of `experts`, in which the mean rank is done and waits for the slowest. Absent as `experts` is, and from results
    /// of older versions.
    public var waiting: Double?
    /// Absent when the model's payload has no combine.
    public var combine: Double?
    public var comm: Double
    /// Dispatch + experts + combine.
    public var moeUpper: Double
    /// The longer of communication and computation in each layer.
    public var moeLower: Double
    /// Moving experts, as far as it was not hidden.
    public var migration: Double?
    /// While ranks came or went; absent where none did.
    public var interruption: Double?
    /// Predicting, if it costs anything at run time.
    public var prediction: Double?
    /// Planning each layer of each step after the gate, and fetching weights as far as nothing hid it; absent without an
    /// exact planner.
    public var balancing: Double?
    /// Waiting for experts that a rank did not have at hand; absent without a cache.
    public var stall: Double?
    /// Layer times at the cluster's overlap, migration, interruption, prediction, balancing and stalls.
    public var total: Double
  }

  /// What running communication beside computation comes to, where both are slowed down by it.
  public struct Overlapping: Codable, Equatable, Sendable {
    /// Of the time with nothing overlapped, what the overlap saves; negative where it costs time.
    public var gain: Double
  }

  /// Microseconds of communication per step.
  public struct StepTime: Codable, Equatable, Sendable {
    public var mean: Double
    public var p50: Double
    public var p95: Double
    public var p99: Double
    public var max: Double
  }

  /// This policy's time / the time of the same planner, schedule and dispatch with the oracle's prediction, − 1: what
  /// its prediction cost. Below 0 where the oracle's moves cost more than what they gain.
  public struct Regret: Codable, Equatable, Sendable {
    public var comm: Double
    public var total: Double
  }
}

extension PolicyResult.Time {
  init(_ totals: PolicyTotals, setting: ReplaySetting) {
    let time = totals.time
    self.init(
      dispatch: time.dispatch, experts: setting.compute == nil ? nil : time.experts,
      waiting: setting.compute == nil ? nil : time.waiting,
      combine: setting.payload.combineBytes == nil ? nil : time.combine, comm: time.comm, moeUpper: time.upper,
      moeLower: time.lower, migration: totals.moves.rebalances > 0 ? time.migration : nil,
      interruption: time.interruption > 0 ? time.interruption : nil,
      prediction: time.prediction > 0 ? time.prediction : nil,
      balancing: time.balancing > 0 ? time.balancing : nil, stall: time.stalls > 0 ? time.stalls : nil,
      total: time.total)
  }
}

extension PolicyResult.Overlapping {
  /// Nil where the cluster does not say how fast computation is beside communication, or nothing took time.
  init?(_ time: TimeTotals, on machine: Machine) {
    guard machine.overlaps.contains(where: { $0.computeDerate != nil }), time.upper > 0 else { return nil }
    gain = time.overlapped / time.upper
  }
}

extension PolicyResult.StepTime {
  /// Nearest-rank percentiles of `[steps]` times; nil without a step.
  init?(of times: [Double]) {
    guard !times.isEmpty else { return nil }
    let sorted = times.sorted()
    func percentile(_ fraction: Double) -> Double {
      sorted[Swift.max(0, Int((fraction * Double(sorted.count)).rounded(.up)) - 1)]
    }
    self.init(
      mean: times.reduce(0, +) / Double(times.count), p50: percentile(0.5), p95: percentile(0.95),
      p99: percentile(0.99), max: sorted[sorted.count - 1])
  }
}

extension PolicyResult.Regret {
  /// Nil when the other took no time.
  init?(of time: TimeTotals, against other: TimeTotals) {
    guard other.comm > 0, other.total > 0 else { return nil }
    self.init(comm: time.comm / other.comm - 1, total: time.total / other.total - 1)
  }
}
