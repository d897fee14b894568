import Diagnostics
import Foundation
import LoadBalancing
import RoutingTrace

/// A reading of the trace that runs ahead of the replays, for yardsticks that may know the future: one for all of them.
///
/// A schedule cuts the steps into the intervals that its plans serve. The reading adds each step to the interval under
/// way of every schedule, and keeps an interval that is over until all who follow the schedule have taken it. Those who
/// replay the same batch are at most a batch apart, so that what is kept does not grow with the trace.
package final class Foresight: @unchecked Sendable {
  /// The steps that a plan serves.
  package struct Interval: Sendable {
    package fileprivate(set) var load: ExpertLoad
    /// Nil unless the reading summarises.
    fileprivate(set) var summary: RoutingSummary?
    fileprivate let first: Int
    fileprivate let end: Int?
    fileprivate var takers: Int
  }

  private struct Timeline {
    let schedule: RebalanceSchedule
    var followers = 1
    var underWay: Interval?
    /// Not yet taken by all followers, in ascending order.
    var over: [Interval] = []
  }

  // All but `lock` and `summarised` is touched by one thread at a time, under the lock.
  private let lock = NSLock()
  private let summarised: ReplaySetting?
  private let source: any StepSource
  private var timelines: [Timeline] = []
  private var position = 0
  private var isAtEnd = false

  /// - Parameter setting: of replays that want a summary of every interval besides its load.
  package init(reading source: any StepSource, summarising setting: ReplaySetting? = nil) {
    self.source = source
    summarised = setting
  }

  /// One policy's view; to be asked for before any interval is taken.
  package func follow(_ schedule: RebalanceSchedule) -> View {
    if let known = timelines.firstIndex(where: { $0.schedule.kind == schedule.kind }) {
      timelines[known].followers += 1
      return View(foresight: self, timeline: known)
    }
    timelines.append(Timeline(schedule: schedule))
    return View(foresight: self, timeline: timelines.count - 1)
  }

  package struct View: Sendable {
    fileprivate let foresight: Foresight
    fileprivate let timeline: Int

    /// What happens from the plan that is due after `first` steps to the schedule's next, or to the trace's end. A view
    /// takes each interval once, in ascending order.
    package func interval(from first: Int) throws -> Interval {
      try foresight.lock.withLock { try foresight.take(from: first, timeline: timeline) }
    }
  }

  private func take(from first: Int, timeline: Int) throws -> Interval {
    while true {
      if let place = timelines[timeline].over.firstIndex(where: { $0.first == first }) {
        let interval = timelines[timeline].over[place]
        if interval.takers == 1 {
          timelines[timeline].over.remove(at: place)
        } else {
          timelines[timeline].over[place].takers -= 1
        }
        return interval
      }
      guard !isAtEnd else {
        throw InputError("has fewer steps than a moment ago: it changed while it was read", in: source.header.name)
      }
      try advance()
    }
  }

  private func advance() throws {
    let step = try source.next()
    isAtEnd = step == nil
    for index in timelines.indices {
      if position == 0 { begin(index, at: timelines[index].schedule.firstDue) }
      guard let step else {
        finish(index)
        continue
      }
      guard let first = timelines[index].underWay?.first, position >= first else { continue }
      timelines[index].underWay?.load.add(step)
      try timelines[index].underWay?.summary?.add(step)
      if let end = timelines[index].underWay?.end, position + 1 == end {
        finish(index)
        begin(index, at: end)
      }
    }
    position += 1
  }

  private func begin(_ index: Int, at first: Int?) {
    guard let first else { return }
    let header = source.header
    timelines[index].underWay = Interval(
      load: ExpertLoad(zeroFor: header.layers, experts: header.experts),
      summary: summarised.map { RoutingSummary(of: $0) }, first: first,
      end: timelines[index].schedule.nextDue(afterStep: first), takers: timelines[index].followers)
  }

  private func finish(_ index: Int) {
    guard let interval = timelines[index].underWay else { return }
    timelines[index].over.append(interval)
    timelines[index].underWay = nil
  }
}

extension RebalanceSchedule {
  /// Steps over at the first plan; nil for none.
  fileprivate var firstDue: Int? { startsAtOnce ? 0 : nextDue(afterStep: 0) }

  /// Steps that a plan has to reach; nil for the rest of the trace.
  var reach: Int? { firstDue.flatMap { first in nextDue(afterStep: first).map { $0 - first } } }
}
