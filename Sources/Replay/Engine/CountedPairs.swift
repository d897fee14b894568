import Foundation
import LoadBalancing

/// How often experts were chosen together in the steps that are over, counted once for all policies that walk through
/// them together.
///
/// Whoever comes first to a step has it counted, by the thread that is counting at the time or else by its own.
final class CountedPairs: @unchecked Sendable {
  private let topK: Int
  private let threads: Int
  // Touched under the lock alone, but for `table`, which the one that counts has.
  private let condition = NSCondition()
  private var table: Coactivation
  private var isCounting = false
  private var waiting: [Visits] = []
  /// That were counted or wait for it.
  private var steps = 0

  /// Of a step.
  struct Visits {
    /// `[layers][tokens][topK]`.
    let experts: [UInt16]
    /// The id of those that were dropped; nil where none were.
    let dropped: UInt16?
  }

  /// - Parameter threads: that count a step.
  init(layers: Int, experts: Int, topK: Int, threads: Int) {
    table = Coactivation(layers: layers, experts: experts)
    self.topK = topK
    self.threads = threads
  }

  /// - Parameter number: of the step, from 0.
  func add(_ visits: Visits, step number: Int) {
    condition.lock()
    defer { condition.unlock() }
    guard number >= steps else { return }
    precondition(number == steps, "a step was left out")
    steps += 1
    waiting.append(visits)
    if isCounting { return }
    isCounting = true
    while !waiting.isEmpty {
      let next = waiting.removeFirst()
      condition.unlock()
      table.add(next.experts, topK: topK, dropped: next.dropped, threads: threads)
      condition.lock()
    }
    isCounting = false
    condition.broadcast()
  }

  /// - Precondition: no more than `count` steps were added.
  func table(afterSteps count: Int) -> Coactivation {
    condition.lock()
    defer { condition.unlock() }
    while isCounting { condition.wait() }
    precondition(steps == count, "pairs of steps to come were counted")
    return table
  }
}
