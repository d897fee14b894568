import Diagnostics
import Foundation
import LoadBalancing
import PerformanceModel
import Replay
import RoutingTrace

/// Prefill and decode apart: how many ranks of each, by replays of each phase on its own.
///
/// A group of ranks of one size serves a phase as a replay of that phase's steps says: with its own policy, on its own
/// machine, its attention and dense layers priced for the requests' context. Every pair of sizes that fits the GPUs is
/// tried, and for each pair the numbers of groups that serve most requests within the targets; see `ApartPhases`.
/// Beside them stand the same ranks for both phases; see `SharedRanks`, and `SharedPlacement` for policies that plan.
public struct PhaseSplitJob {
  public let prefill: PhaseTrial
  public let decode: PhaseTrial
  public let request: RequestShape
  public let targets: PhaseSplit.Targets
  /// That may be used.
  public let gpus: Int
  /// Steps of the recording that make one, each tried in both phases.
  public let batchSizes: [Int]
  public let threads: Int

  public init(
    prefill: PhaseTrial, decode: PhaseTrial, request: RequestShape, targets: PhaseSplit.Targets, gpus: Int,
    batchSizes: [Int] = [1], threads: Int
  ) {
    self.prefill = prefill
    self.decode = decode
    self.request = request
    self.targets = targets
    self.gpus = gpus
    self.batchSizes = Set(batchSizes).sorted()
    self.threads = threads
  }

  /// - Throws: what reading throws; `InputError` (usage) where a phase has no steps, a model no attention, a machine no
  ///   link for keys and values, the GPUs no room for a pair, or where no pair keeps the targets.
  public func run() throws -> PhaseSplit {
    let model = try decode.setting(ranks: decode.smallest(), request).model
    let kv = try KVTransfer(of: model, tokens: Double(request.input))
    let bandwidth = try self.bandwidth()
    let reading = try PhaseRoom(prefill, request, batchSizes)
    let writing = try PhaseRoom(decode, request, batchSizes)
    guard reading.least + writing.least <= gpus else {
      throw InputError(
        "\(gpus) GPUs have no room: prefill takes \(reading.least) or more and decode \(writing.least), "
          + "\(reading.least + writing.least) together",
        in: "--split", status: .usage)
    }
    let readers = try reading.servers(upTo: gpus, threads: threads)
    let writers = try writing.servers(upTo: gpus, threads: threads)
    let pairs = pairs(readers, writers).filter { $0.prefill.ranks + $0.decode.ranks <= gpus }
    func apart(_ pair: PhasePair, _ targets: PhaseSplit.Targets) -> ApartPhases {
      ApartPhases(pair: pair, kv: kv, bandwidth: bandwidth, targets: targets)
    }
    let front = PhaseSplit.front(of: pairs.compactMap { apart($0, targets).best(gpus: gpus) })
    guard let split = front.first else { throw missed(pairs.map { apart($0, targets) }) }

    let shared =
      prefill.isServed(as: decode)
      ? readers
      : try PhaseRoom(prefill.moved(to: decode), request, batchSizes).servers(upTo: gpus, threads: threads)
    var same = self.pairs(shared, writers).filter { $0.prefill.ranks == $0.decode.ranks }
    let placement =
      decode.policy.schedule.keepsPlacement ? nil : SharedPlacement(prefill: prefill, decode: decode, request)
    if let placement { same = try placement.pairs(same, threads: threads) }
    func together(_ targets: PhaseSplit.Targets) -> PhaseSplit.Layout? {
      PhaseSplit.front(of: same.compactMap { SharedRanks(pair: $0, targets: targets).best(gpus: gpus) }).first
    }
    let free = PhaseSplit.front(of: pairs.compactMap { apart($0, .init()).best(gpus: gpus) }).first
    return PhaseSplit(
      trace: decode.header.name,
      prefillTrace: prefill.header.name == decode.header.name ? nil : prefill.header.name,
      cluster: decode.machine.name,
      prefillCluster: prefill.machine.name == decode.machine.name ? nil : prefill.machine.name, model: model.name,
      gpus: gpus, input: request.input, output: request.output, cached: request.cached, targets: targets,
      tried: pairs.count, split: split, front: front, together: together(targets),
      withoutTargets: targets.isNone ? nil : free.map { .init(split: $0, together: together(.init())) },
      notes: layerNotes(model) + batchNotes(split.prefill) + notes(split, readers, writers)
        + sharedNotes(isShared: placement != nil))
  }

  private func pairs(_ readers: [PhaseServer], _ writers: [PhaseServer]) -> [PhasePair] {
    readers.flatMap { reader in writers.map { PhasePair(prefill: reader, decode: $0, request: request) } }
  }

  /// Bytes per microsecond that keys and values of a prompt go by: a rank's link between nodes, or inside one where all
  /// GPUs are in it, of the slower machine.
  private func bandwidth() throws(InputError) -> Double {
    var slowest = Double.infinity
    for machine in [prefill.machine, decode.machine] {
      let cluster = machine.prefill
      let isOneNode = prefill.machine.name == decode.machine.name && gpus <= cluster.ranksPerNode
      guard let link = isOneNode ? cluster.scaleUp : cluster.scaleOut else {
        throw InputError(
          "no \(isOneNode ? "scaleUp" : "scaleOut"), by which keys and values would go from prefill to decode",
          in: "cluster \(cluster.name)", status: .usage)
      }
      slowest = min(slowest, link.dispatchBandwidth)
    }
    return slowest
  }

  /// Why no pair keeps the targets: what comes closest to the first that none keeps.
  private func missed(_ pairs: [ApartPhases]) -> InputError {
    func time(_ microseconds: Double) -> String { String(format: "%.3g ms", microseconds / 1e3) }
    if let ttft = targets.ttft, let fastest = pairs.min(by: { $0.firstToken < $1.firstToken }),
      fastest.firstToken >= ttft
    {
      return InputError(
        "\(time(ttft)) is \(time(fastest.firstToken - ttft)) less than a prompt takes that never waits: prefill "
          + "\(time(fastest.pair.prefillTime)) on \(fastest.pair.prefill.ranks) ranks, and its keys and values "
          + "\(time(fastest.exposed)) more",
        in: "--ttft", status: .usage)
    }
    let fastest = pairs.map(\.pair.decode).min { $0.stepTime < $1.stepTime }
    if let tpot = targets.tpot, let fastest, fastest.stepTime > tpot {
      return InputError(
        "\(time(tpot)) is \(time(fastest.stepTime - tpot)) less than the fastest step of decode takes, "
          + "\(time(fastest.stepTime)) on \(fastest.ranks) ranks",
        in: "--tpot", status: .usage)
    }
    return InputError(
      "no pair of sizes keeps both --ttft and --tpot, though some keep one of them", in: "--split", status: .usage)
  }

  private func layerNotes(_ model: ModelShape) -> [String] {
    let counts = Set([prefill, decode].map(\.header.layers).filter { $0 < model.moeLayers }).sorted()
    guard !counts.isEmpty else { return [] }
    let layers = counts.map(String.init).joined(separator: " and ")
    return ["Recorded are \(layers) of \(model.moeLayers) MoE layers; the others are taken to be like them."]
  }

  private func batchNotes(_ prefill: PhaseSplit.Phase) -> [String] {
    let prompts = prefill.stepTokens / request.computedInput
    guard prompts >= 1.5 else { return [] }
    return [
      String(format: "A step of prefill has the tokens of %.1f prompts", prompts)
        + ": each is read within a whole step, and that they wait for one another is not counted."
    ]
  }

  private func notes(_ split: PhaseSplit.Layout, _ readers: [PhaseServer], _ writers: [PhaseServer]) -> [String] {
    func found(_ phase: PhaseSplit.Phase, _ servers: [PhaseServer]) -> [String] {
      servers.first { $0.ranks == phase.ranks && $0.batchSize == phase.batchSize }?.notes ?? []
    }
    let (prefill, decode) = (found(split.prefill, readers), found(split.decode, writers))
    let rest = gpus - split.gpus
    return prefill.filter(decode.contains)
      + prefill.filter { !decode.contains($0) }.map { "Prefill: \($0)" }
      + decode.filter { !prefill.contains($0) }.map { "Decode: \($0)" }
      + (rest > 0
        ? ["\(rest) of the \(gpus) GPUs are left over: no more such groups fit, or they would serve no more."]
        : [])
  }

  private func sharedNotes(isShared: Bool) -> [String] {
    if decode.policy.schedule.keepsPlacement { return [] }
    return [
      isShared
        ? "Together, one placement serves both: it is planned while steps of both phases take turns, by tokens. The "
          + "recording that is over first starts again, so that plans may serve in more of its steps than apart."
        : "The recordings of the phases are not of the same layers and experts: together, each is priced under plans for "
          + "it alone, which one placement for both could not keep."
    ]
  }
}

extension PhaseSplit {
  /// Those that no other beats in requests and in time per output token, most requests first and of equals the fewest
  /// GPUs.
  package static func front(of layouts: [Layout]) -> [Layout] {
    layouts.sorted {
      ($1.requestsPerSecond, $0.tpot, $0.gpus) < ($0.requestsPerSecond, $1.tpot, $1.gpus)
    }.reduce(into: []) { front, layout in
      if front.last.map({ layout.tpot < $0.tpot }) ?? true { front.append(layout) }
    }
  }
}
