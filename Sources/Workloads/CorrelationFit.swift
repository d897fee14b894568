import Diagnostics
import Foundation
import Inspection

/// Finds the correlation with which a workload's tokens depend on each other as much as a recording's, by generating and
/// comparing.
struct CorrelationFit {
  /// Groups of sequences that are told apart.
  private static let topics = 32
  /// Largest logarithm of an affinity that is tried.
  private static let largestAffinity = 9.0

  /// Share of experts that neighbours have in common; nil without sequences.
  private let overlap: Double?
  /// How many times as often as independence would give a token's experts are chosen together; nil for top-1.
  private let lift: Double?
  /// Base-2 logarithm of a step's max/mean load, mean.
  private let imbalance: Double
  private let counter: WorkCounter?
  private let threads: Int

  /// - Parameter counter: of workloads that are tried.
  init(_ recorded: TraceStatistics, counter: WorkCounter? = nil) {
    self.counter = counter
    threads = recorded.threads
    overlap = recorded.neighbourOverlap
    lift = recorded.meanPairLift
    imbalance = recorded.imbalance.meanLogarithm
  }

  /// Finds the probability that a neighbour's expert is kept, then the affinity of kinds; then, if steps are recorded
  /// more uneven than that makes them, the spread between topics, and the affinity again.
  func calibrate(_ workload: inout Workload) {
    let plain = matchNeighbours(&workload, rounds: 3)
    let measured = matchPairs(&workload, plain)
    guard overlap != nil, measured.imbalance.meanLogarithm < imbalance else { return }
    let before = workload.correlation
    matchSpread(&workload)
    // A spread that makes no difference is left out.
    guard workload.correlation.spread >= 0.05 else {
      workload.correlation = before
      return
    }
    _ = matchPairs(&workload, matchNeighbours(&workload, rounds: 2))
  }

  /// Bisects the spread between topics. Topics alone make neighbours alike; more alike than recorded is too much.
  private func matchSpread(_ workload: inout Workload) {
    var (low, high) = (0.0, 2.0)
    workload.correlation.topics = Self.topics
    for _ in 0..<7 {
      workload.correlation.spread = (low + high) / 2
      let measured = matchNeighbours(&workload, rounds: 1)
      let isAlike = (measured.neighbourOverlap ?? 0) > (overlap ?? 0) + 0.005
      if measured.imbalance.meanLogarithm < imbalance, !isAlike {
        low = workload.correlation.spread
      } else {
        high = workload.correlation.spread
      }
    }
    workload.correlation.spread = rounded((low + high) / 2)
  }

  /// Finds the affinity of as many kinds as have a token's number of experts each: a line through the two closest trials
  /// of its logarithm says where to try next, within what was found too little and too much.
  ///
  /// - Parameter plain: what the workload generates as it is.
  /// - Returns: what the corrected one generates.
  private func matchPairs(_ workload: inout Workload, _ plain: TraceStatistics) -> TraceStatistics {
    guard let lift, let start = plain.meanPairLift, abs(start / lift - 1) >= 0.01 else { return plain }
    let affinity = log(workload.correlation.affinity)
    guard affinity > 0 || start < lift else { return plain }
    workload.correlation.kinds = max(2, min(64, workload.experts / workload.topK))
    // Lifts of 1 + a small power of the affinity: the logarithm of what is above 1 is about straight.
    var (low, high) = ((at: 0.0, excess: log(0.01)), (at: Self.largestAffinity, excess: log(20.0)))
    func excess(_ lift: Double) -> Double { log(max(0.01, lift - 1)) }
    if start < lift { low = (affinity, excess(start)) } else { high = (affinity, excess(start)) }
    var measured = plain
    for _ in 0..<10 {
      let share = (excess(lift) - low.excess) / (high.excess - low.excess)
      let trial = low.at + (high.at - low.at) * min(0.9, max(0.1, share))
      workload.correlation.affinity = rounded(exp(trial))
      measured = matchNeighbours(&workload, rounds: 2)
      let generated = measured.meanPairLift ?? 1
      if abs(generated / lift - 1) < 0.01 { break }
      if generated < lift { low = (trial, excess(generated)) } else { high = (trial, excess(generated)) }
    }
    return measured
  }

  /// Corrects the probability that a neighbour's expert is kept by the overlap.
  ///
  /// - Returns: the statistics of what the corrected workload generates.
  private func matchNeighbours(_ workload: inout Workload, rounds: Int) -> TraceStatistics {
    var measured = measure(workload)
    guard let overlap else { return measured }
    for _ in 0..<rounds {
      let generated = min(0.999, measured.neighbourOverlap ?? 0)
      if abs(generated - overlap) < 0.002 { break }
      let kept = 1 - (1 - workload.correlation.neighbour) * (1 - overlap) / (1 - generated)
      workload.correlation.neighbour = rounded(min(0.95, max(0, kept)))
      measured = measure(workload)
    }
    return measured
  }

  private func measure(_ workload: Workload) -> TraceStatistics {
    let inner = counter == nil ? nil : WorkProgress.begin("generating", .steps)
    defer { inner?.end() }
    let generator = WorkloadGenerator(workload)
    var statistics = TraceStatistics(generator.header, countsRanks: false, threads: threads)
    while let step = generator.next() {
      statistics.add(step)
      inner?.advance()
    }
    counter?.advance()
    return statistics
  }

  private func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }
}
