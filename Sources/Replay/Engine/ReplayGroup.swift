import Diagnostics
import LoadBalancing
import Parallelism

/// Policies on their way through a trace together, which choose replicas alike on machines that differ only in links: where
/// the same placement is in force in a layer, its tokens are counted once, and each policy prices the counts.
///
/// A batch is cut into segments at the steps where the schedule of any of them may change its placement. Within a segment
/// layers are independent and are replayed by whichever threads are free; each policy's outcomes are then added up in
/// the order of steps and layers. All other state is touched by one piece of work at a time.
package final class ReplayGroup: Sendable {
  /// Which of a group's a policy is, and the first of its machines among those of all.
  struct Seat: Sendable {
    let member: Int
    let machine: Int
  }

  private let members: [PolicyReplay]
  /// `[members]`.
  private let seats: [Seat]
  /// The same in the order in which pieces of work begin: machine by machine, so that threads do not wait for each other where
  /// a policy foresees the same on all and draws it once.
  private let turns: [Seat]
  private let machines: [PricedMachine]
  /// `[layers]`.
  private let alike: [Guarded<Alike>]

  /// Who has the same placement of a layer.
  private struct Alike {
    /// `[seats]` which were in force then.
    var plans: [Int] = []
    var seats: [[Seat]] = []
  }

  /// Numbers that what a segment came to may take: enough for the steps of a batch under a few policies.
  private static let maximumFigures = 2 << 20

  /// - Precondition: one replay, or several of which each `goesAlong` with the first.
  package init(_ members: [PolicyReplay]) {
    self.members = members
    machines = members.flatMap(\.machines)
    alike = (0..<members[0].shape.layers).map { _ in Guarded(Alike()) }
    var machine = 0
    seats = members.enumerated().map { place, member in
      defer { machine += member.machines.count }
      return Seat(member: place, machine: machine)
    }
    let pairs = members.compactMap(\.forecast.pairs)
    for member in members where member.forecast.pairs != nil { member.forecast.share(pairs[0]) }
    let clusters = members.map(\.setting.cluster)
    let firstAlike = clusters.map { clusters.firstIndex(of: $0) ?? 0 }
    turns = seats.sorted { (firstAlike[$0.member], $0.member) < (firstAlike[$1.member], $1.member) }
  }

  /// Every replay in one group, in the order of the first of each.
  static func groups(of replays: [PolicyReplay]) -> [ReplayGroup] {
    var groups: [[PolicyReplay]] = []
    for replay in replays {
      if let place = groups.firstIndex(where: { replay.goesAlong(with: $0[0]) }) {
        groups[place].append(replay)
      } else {
        groups.append([replay])
      }
    }
    return groups.map(ReplayGroup.init)
  }

  /// Adds the work on `batch` to `queue`, segment after segment.
  ///
  /// - Parameter counter: of steps that are over, summed over policies.
  package func begin(_ batch: StepBatch, on queue: WorkQueue, threads: Int, counter: WorkCounter? = nil) {
    let walk = Walk(batch: batch, queue: queue, threads: threads, counter: counter)
    everyMember(of: walk) {
      try self.members[$0.member].prepare(for: batch, at: 0)
    } then: {
      try self.beginSegment(at: 0, of: walk)
    }
  }

  /// A batch, and who works on it.
  private struct Walk: Sendable {
    let batch: StepBatch
    let queue: WorkQueue
    let threads: Int
    let counter: WorkCounter?
  }

  /// A piece of work for every member; the last to be over goes on with `next`.
  private func everyMember(
    of walk: Walk, do work: @escaping @Sendable (Seat) throws -> Void, then next: @escaping @Sendable () throws -> Void
  ) {
    let left = Guarded(members.count)
    walk.queue.add(
      turns.map { seat in
        { @Sendable in
          try work(seat)
          let isLast = left.withLock { left in
            left -= 1
            return left == 0
          }
          if isLast { try next() }
        }
      })
  }

  private func beginSegment(at start: Int, of walk: Walk) throws {
    let end = segmentEnd(from: start, in: walk.batch)
    let blocks = layerBlocks(for: walk.batch.steps[start..<end], threads: walk.threads)
    let segment = Segment(blocks: blocks.count)
    walk.queue.add(
      blocks.map { layers in
        { @Sendable in
          guard let blocks = segment.finish(try self.replay(layers, steps: start..<end, of: walk.batch)) else { return }
          self.settle(blocks, steps: start..<end, of: walk)
        }
      })
  }

  private func settle(_ blocks: [Segment.Block], steps: Range<Int>, of walk: Walk) {
    let loads = (0..<steps.count).map {
      blocks.load(step: $0, of: steps.count, experts: members[0].shape.experts)
    }
    let isOver = steps.upperBound == walk.batch.count
    everyMember(of: walk) { seat in
      let member = self.members[seat.member]
      try member.settle(blocks, at: seat, loads: loads, steps: steps, of: walk.batch)
      if !isOver { try member.prepare(for: walk.batch, at: steps.upperBound) }
    } then: {
      walk.counter?.advance(by: steps.count * self.members.count)
      if !isOver { try self.beginSegment(at: steps.upperBound, of: walk) }
    }
  }

  private func segmentEnd(from start: Int, in batch: StepBatch) -> Int {
    let shape = members[0].shape
    let figures = machines.count * shape.layers * (LayerOutcome.figureCount + shape.ranks)
    let most = start + max(1, Self.maximumFigures / figures)
    return members.reduce(min(batch.count, most)) { min($0, $1.nextPreparation - batch.first) }
  }

  /// Ranges of layers with work for at least some tens of microseconds each.
  private func layerBlocks(for steps: ArraySlice<StepBatch.Step>, threads: Int) -> [Range<Int>] {
    let layers = members[0].shape.layers
    let visits = steps.reduce(0) { $0 + max($1.routing.experts.count, $1.routing.counts.count * 64) }
    return members[0].work.layers(of: layers).cut(into: max(1, min(layers, threads * 4, visits / 32_768)))
  }

  private func replay(_ layers: Range<Int>, steps: Range<Int>, of batch: StepBatch) throws -> Segment.Block {
    let first = members[0]
    if case .replayed(let shards) = first.work {
      return try shards.block(layers, steps: steps, of: batch, in: first.shape, ranks: first.rollout.alive.all)
    }
    var block = Segment.Block(layers: layers, members: members.count, machines: machines.count, steps: steps)
    let isMoving = members.map(\.rollout.isSending)
    try first.workers.with({ first.makeWorker(on: machines) }) { worker in
      if worker.alive != first.rollout.alive { worker.alive = first.rollout.alive }
      for layer in layers {
        // One placement after the other, since a worker keeps the tables of the last.
        for seats in seatsByPlacement(ofLayer: layer) {
          for step in steps {
            try replay(layer, of: batch, step: step, for: seats, isMoving: isMoving, by: worker, into: &block)
          }
        }
      }
    }
    return block
  }

  /// Counts a layer of a step once for policies that have the same placement of it, and prices it for each.
  ///
  /// - Parameter isMoving: `[members]` whether ranks send each other experts meanwhile.
  private func replay(
    _ layer: Int, of batch: StepBatch, step: Int, for seats: [Seat], isMoving: [Bool], by worker: LayerReplay,
    into block: inout Segment.Block
  ) throws {
    let counted = members[seats[0].member]
    let ordinal = batch.first + step
    let outcome = worker.replay(
      batch.steps[step], in: counted.dispatchContext(layer: layer, step: step, of: batch),
      boundSlots: counted.rollout.slots[layer])
    let isPricedOften = seats.count > 1 || counted.machines.count > 1
    let ports = isPricedOften ? worker.portCopies(isDecode: outcome.isDecode) : nil
    if seats[0].member == 0 { block.expertTokens += worker.load(of: batch.steps[step], layer: layer) }
    for seat in seats {
      let member = members[seat.member]
      let isMoving = isMoving[seat.member]
      let isShown = member.timeline?.steps.contains(ordinal) == true
      for machine in seat.machine..<seat.machine + member.machines.count {
        let priced = try worker.price(
          outcome, ports: ports, step: ordinal, layer: layer, slotsPerRank: worker.slotsPerRank, machine: machine,
          isMoving: isMoving)
        block.outcomes[machine].append(priced)
        guard isShown else { continue }
        block.timelines[machine][step - block.steps.lowerBound, default: []].append(
          worker.ranks(of: priced, slotsPerRank: worker.slotsPerRank, machine: machine, isMoving: isMoving))
      }
      if let cache = member.cache {
        block.needs.append(worker.needs(of: outcome, layer: layer, isOverlapped: cache.isOverlapped))
      }
      block.rankTokens[seat.member] += worker.rankTokens
    }
  }

  /// Those that have the same placement of a layer together, in the order of the first of each.
  private func seatsByPlacement(ofLayer layer: Int) -> [[Seat]] {
    let plans = seats.map { members[$0.member].rollout.plans.ofLayer[layer] }
    return alike[layer].withLock { alike in
      if alike.plans != plans { alike = Alike(plans: plans, seats: comparedSeats(ofLayer: layer)) }
      return alike.seats
    }
  }

  private func comparedSeats(ofLayer layer: Int) -> [[Seat]] {
    var placements: [LayerPlacement] = []
    var alike: [[Seat]] = []
    for seat in seats {
      let placement = members[seat.member].rollout.placement.layers[layer]
      if let place = placements.firstIndex(of: placement) {
        alike[place].append(seat)
      } else {
        placements.append(placement)
        alike.append([seat])
      }
    }
    return alike
  }
}
