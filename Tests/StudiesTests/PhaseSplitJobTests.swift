import Diagnostics
import LoadBalancing
import PerformanceModel
import Presets
import Replay
import RoutingTrace
import Studies
import Testing

/// Prefill and decode apart, on a small recording of both.
@Suite struct PhaseSplitJobTests {
  private static let header = TraceHeader(
    name: "both", content: .tokens, layerNumbers: [0, 1], experts: 8, topK: 2)

  /// In turn of 64 tokens of prefill and 8 of decode, and a mixed step.
  private static let all = (0..<9).map { number -> RoutingStep in
    let phase: Phase = number == 8 ? .mixed : number % 2 == 0 ? .prefill : .decode
    let tokens = phase == .prefill ? 64 : 8
    var experts: [UInt16] = []
    for place in 0..<2 * tokens {
      experts += [UInt16((place * place + number) % 4), UInt16(4 + (place + number) % 4)]
    }
    return RoutingStep(number: number, phase: phase, tokens: tokens, experts: experts)
  }

  private static func steps(_ phases: Set<Phase>) -> [RoutingStep] { all.filter { phases.contains($0.phase!) } }

  private static func model(_ change: (inout ModelShape) -> Void = { _ in }) throws -> ModelShape {
    var model = try ModelShape(named: "mixtral-8x7b")
    model.layers = 3
    model.moeLayers = 2
    model.denseIntermediate = 4096
    change(&model)
    return model
  }

  private static let machine = "a100-nvlink:ranks=8"

  private static func trial(
    _ phase: Phase, _ steps: [RoutingStep] = all, model: ModelShape? = nil, cluster: String = machine,
    policy: String = "static"
  ) throws -> PhaseTrial {
    try PhaseTrial(
      phase, header: header, machine: Machine(named: cluster), model: model ?? Self.model(),
      policy: BalancingPolicy(named: policy)
    ) { StoredSteps(header: header, steps: steps) }
  }

  private static func run(
    _ prefill: PhaseTrial? = nil, _ decode: PhaseTrial? = nil, targets: PhaseSplit.Targets = .init(), gpus: Int = 6,
    batchSizes: [Int] = [1], cached: Double = 0
  ) throws -> PhaseSplit {
    try PhaseSplitJob(
      prefill: prefill ?? trial(.prefill), decode: decode ?? trial(.decode),
      request: RequestShape(input: 100, output: 20, cached: cached), targets: targets, gpus: gpus,
      batchSizes: batchSizes, threads: 1
    ).run()
  }

  /// Steps that a replay with a context prices on so many ranks.
  private static func served(_ phase: Phase, ranks: Int, context: Int, policy: String = "static") throws
    -> ServingEstimate
  {
    var header = header
    header.phase = phase
    let machine = try Machine(named: "a100-nvlink:ranks=\(ranks)")
    let job = ReplayJob(
      setting: try ReplaySetting(header: header, machine: machine, model: model(), context: context),
      baseline: try BalancingPolicy(named: policy), policies: [], threads: 1
    ) { [header] in StoredSteps(header: header, steps: steps([phase])) }
    return try #require(try job.run().policies[0].serving)
  }

  @Test func `each phase takes what a replay of it alone takes`() throws {
    let found = try Self.run()
    for layout in found.front {
      let decode = try Self.served(.decode, ranks: layout.decode.ranks, context: 110)
      #expect(layout.tpot == decode.timePerOutputToken && layout.decode.stepTime == decode.stepTime)
      let prefill = try Self.served(.prefill, ranks: layout.prefill.ranks, context: 50)
      #expect(layout.prefill.stepTime == prefill.stepTime)
      #expect(abs(layout.prefill.tokensPerSecond / prefill.tokensPerSecond - 1) < 1e-12)
      #expect(layout.prefill.stepTokens == 64 && layout.decode.stepTokens == 8)
    }
    // Sizes that divide eight experts, two of which fit six GPUs.
    #expect(found.tried == 8 && found.split == found.front[0])
    let kept: Double = 2 * 2048 * 3 * 100
    #expect(try #require(found.split.kv).bytes == kept)
    #expect(found.notes.contains { $0.contains("1 mixed") })
  }

  @Test func `phases may have policies, machines and recordings of their own`() throws {
    let policy = "eplb:steps=1,from=1,migration=blocking,redundantSlotsPerRank=1"
    let prefill = try Self.trial(.prefill, Self.steps([.prefill]), cluster: "h100-ib:ranks=8", policy: policy)
    let decode = try Self.trial(.decode, Self.steps([.decode]))
    let found = try Self.run(prefill, decode, gpus: 16)
    #expect(found.split.prefill.policy == policy && found.split.decode.policy == "static")
    #expect(found.prefillCluster == "h100-ib:ranks=8" && found.cluster == "a100-nvlink:ranks=8")
    // Together they serve as decode does.
    #expect(found.together?.prefill.policy == "static")
    let alone = try Self.run(decode: decode, gpus: 16)
    #expect(found.together == alone.together)
  }

  private static func run(decode: PhaseTrial, gpus: Int) throws -> PhaseSplit { try run(nil, decode, gpus: gpus) }

  /// DeepSeek's groups: prefill on 4 nodes, 9 slots a rank; decode on 18, 2 slots a rank.
  @Test func `sizes divide the experts, or the slots that are asked for`() throws {
    func sizes(_ policy: String, _ cluster: String = "h800-ib") throws -> [Int] {
      let header = TraceHeader(name: "v3", content: .counts, layerNumbers: [3], experts: 256, topK: 8)
      return try PhaseTrial(
        .decode, header: header, machine: Machine(named: cluster), model: ModelShape(named: "deepseek-v3"),
        policy: BalancingPolicy(named: policy)
      ) { StoredSteps(header: header, steps: []) }.sizes()
    }
    #expect(try sizes("static") == [1, 2, 4, 8, 16, 32, 64, 128, 256])
    #expect(
      try sizes("static:redundantSlots=32") == [1, 2, 3, 4, 6, 8, 16, 24, 32, 48, 72, 96, 144, 288])
    #expect(try sizes("eplb").contains(256))
  }

  /// 64 tokens of prefill for each 100, 8 of decode for each 20: whichever is behind goes next, until both recordings of
  /// four steps are over.
  private static let inTurn: [(phase: Phase, place: Int)] = [
    (.prefill, 0), (.decode, 0), (.decode, 1), (.prefill, 1), (.decode, 2), (.decode, 3), (.prefill, 2), (.decode, 0),
    (.prefill, 3), (.decode, 1), (.decode, 2),
  ]

  @Test func `steps of both phases take turns by their tokens`() throws {
    let parts = try [(Phase.prefill, 100.0), (.decode, 20)].map { phase, weight in
      try StepsInTurn.Part(phase, weight: weight) { StoredSteps(header: Self.header, steps: Self.steps([phase])) }
    }
    let source = StepsInTurn(parts, header: Self.header, tokens: \.tokens)
    for (number, expected) in Self.inTurn.enumerated() {
      var step = Self.steps([expected.phase])[expected.place]
      step.number = number
      #expect(try source.next() == step)
    }
    #expect(try source.next() == nil && source.fraction == 1)
  }

  @Test func `a short recording is read so often and no more`() throws {
    let parts = try [(Phase.prefill, 1.0), (.decode, 1e6)].map { phase, weight in
      try StepsInTurn.Part(phase, weight: weight) { StoredSteps(header: Self.header, steps: Self.steps([phase])) }
    }
    let source = StepsInTurn(parts, header: Self.header, tokens: \.tokens)
    var count: [Phase?: Int] = [:]
    while let step = try source.next() { count[step.phase, default: 0] += 1 }
    #expect(count == [.prefill: 1, .decode: 4 * StepsInTurn.mostRounds])
  }

  /// Written down as one recording, and priced once with each phase's context.
  @Test func `together, what takes turns is planned and replayed as one recording`() throws {
    let policy = "eplb:steps=1,from=1,migration=blocking,redundantSlotsPerRank=1"
    // One GPU has no room, nor anything to plan.
    let cluster = "a100-nvlink:ranks=8,gpu.memory=5 GB"
    let found = try Self.run(
      Self.trial(.prefill, cluster: cluster, policy: policy), Self.trial(.decode, cluster: cluster, policy: policy),
      gpus: 4)
    let together = try #require(found.together)
    #expect(found.notes.contains { $0.hasPrefix("Together, one placement serves both") })
    var header = Self.header
    header.phase = .decode
    let steps = Self.inTurn.enumerated().map { number, turn in
      var step = Self.steps([turn.phase])[turn.place]
      step.number = number
      return step
    }
    func times(_ phase: Phase, context: Int) throws -> Double {
      let setting = try ReplaySetting(
        header: header, machine: Machine(named: "a100-nvlink:ranks=\(together.decode.ranks)"), model: Self.model(),
        context: context)
      var times: [Double] = []
      let observer = StepObserver { step in
        if step.phase == phase, let serving = step.policy.serving { times.append(serving.stepTime) }
      }
      let job = ReplayJob(setting: setting, baseline: try BalancingPolicy(named: policy), policies: [], threads: 1)
      _ = try job.runOnAll(StoredSteps(header: header, steps: steps), observer: observer)
      return times.reduce(0, +) / Double(times.count)
    }
    #expect(try abs(together.prefill.stepTime / times(.prefill, context: 50) - 1) < 1e-12)
    #expect(try abs(together.decode.stepTime / times(.decode, context: 110) - 1) < 1e-12)
    #expect(together.decode.ranks > 1 && together.prefill.stepTokens == 64 && together.decode.stepTokens == 8)
    // Plans for one phase alone do not come to the same.
    let alone = try Self.served(.prefill, ranks: together.prefill.ranks, context: 50, policy: policy)
    #expect(together.prefill.stepTime != alone.stepTime)
  }

  @Test func `recordings of other layers cannot be one`() throws {
    let policy = "eplb:steps=1,from=1,migration=blocking"
    var other = Self.header
    other.layerNumbers = [0]
    let steps = Self.steps([.prefill]).map { step in
      var step = step
      step.experts = Array(step.experts.prefix(2 * step.tokens))
      return step
    }
    let prefill = try PhaseTrial(
      .prefill, header: other, machine: Machine(named: Self.machine), model: Self.model(),
      policy: BalancingPolicy(named: policy)
    ) { [other] in StoredSteps(header: other, steps: steps) }
    let found = try Self.run(prefill, Self.trial(.decode, policy: policy))
    #expect(found.notes.contains { $0.hasPrefix("The recordings of the phases are not of the same layers") })
    #expect(try !Self.run().notes.contains { $0.contains("ogether") })
  }

  @Test func `a cached part is neither computed nor waited for, but sent`() throws {
    let whole = try Self.run(gpus: 2)
    let half = try Self.run(gpus: 2, cached: 0.5)
    #expect(half.split.kv?.bytes == whole.split.kv?.bytes)
    func prefill(_ found: PhaseSplit) -> Double { found.split.prefill.busy / found.split.requestsPerSecond }
    // The other half attends to more.
    #expect(prefill(half) > 0.5 * prefill(whole) && prefill(half) < 0.52 * prefill(whole))
  }

  @Test func `targets are kept, and cost requests`() throws {
    let free = try Self.run(gpus: 8)
    #expect(free.withoutTargets == nil)
    let tpot = try #require(free.front.last).tpot * 1.001
    let kept = try Self.run(targets: .init(ttft: 1e6, tpot: tpot), gpus: 8)
    #expect(kept.split.tpot <= tpot && kept.split.ttft! <= 1e6 * (1 + 1e-9))
    #expect(kept.split.requestsPerSecond <= free.split.requestsPerSecond)
    #expect(kept.withoutTargets?.split == free.split && kept.withoutTargets?.together == free.together)
  }

  @Test func `steps made one are larger batches`() throws {
    let found = try Self.run(gpus: 2, batchSizes: [2, 1, 2])
    #expect(found.tried == 4)
    #expect(Set(found.front.map(\.decode.batchSize)).isSubset(of: [1, 2]))
    #expect(found.front.contains { $0.decode.batchSize == 2 && $0.decode.stepTokens == 16 })
  }

  @Test(arguments: [
    (
      [.decode, .mixed] as Set<Phase>,
      "no tokens in prefill steps (it has 4 decode, 1 mixed), and both phases are needed"
    ),
    ([.prefill] as Set<Phase>, "give a recording of decoding, and this one as --prefill"),
    ([] as Set<Phase>, "it has no steps"),
  ])
  func `a recording without one of the phases is refused`(phases: Set<Phase>, message: String) throws {
    let steps = Self.steps(phases)
    let error = #expect(throws: InputError.self) {
      try Self.run(Self.trial(.prefill, steps), Self.trial(.decode, steps))
    }
    #expect("\(error!)".contains(message) && error?.status == .usage, "\(error!)")
  }

  @Test func `steps of no known phase are of neither`() throws {
    let steps = Self.all.map { step in
      var step = step
      step.phase = nil
      return step
    }
    let error = #expect(throws: InputError.self) {
      try Self.run(Self.trial(.prefill, steps), Self.trial(.decode, steps))
    }
    #expect("\(error!)".contains("9 of no known phase"))
  }

  @Test func `what cannot be served is one line`() throws {
    func message(_ body: () throws -> PhaseSplit) -> String {
      let error = #expect(throws: InputError.self) { try body() }
      #expect(error?.status == .usage)
      return error.map { "\($0)" } ?? ""
    }
    // Two layers of eight experts of 352 MB each, and 80 GB or what the change leaves.
    let small = "a100-nvlink:ranks=8,gpu.memory=5 GB"
    #expect(
      message { try Self.run(Self.trial(.prefill, cluster: small), Self.trial(.decode, cluster: small), gpus: 3) }
        == "--split: 3 GPUs have no room: prefill takes 2 or more and decode 2, 4 together")
    let none = "a100-nvlink:ranks=8,gpu.memory=1 GB"
    #expect(
      message { try Self.run(Self.trial(.prefill, cluster: none), Self.trial(.decode, cluster: none)) }
        .hasPrefix("--split: no size of a group has room for prefill. Does not fit (static): 1 slots a layer take"))
    #expect(message { try Self.run(targets: .init(ttft: 1)) }.contains("--ttft: 0.001 ms is "))
    #expect(message { try Self.run(targets: .init(tpot: 1)) }.contains("less than the fastest step of decode takes"))
    let bare = try Self.model { $0.attention = nil }
    #expect(
      message { try Self.run(Self.trial(.prefill, model: bare), Self.trial(.decode, model: bare)) }
        .contains("need attention"))
  }

  @Test func `phases of two machines need links between nodes`() throws {
    let alone = try Machine(named: "a100-nvlink:ranks=8").map { cluster in
      var cluster = cluster
      cluster.scaleOut = nil
      return cluster
    }
    func trial(_ phase: Phase) throws -> PhaseTrial {
      try PhaseTrial(phase, header: Self.header, machine: alone, model: Self.model(), policy: .static) {
        StoredSteps(header: Self.header, steps: Self.all)
      }
    }
    #expect(try Self.run(trial(.prefill), trial(.decode), gpus: 8).split.gpus <= 8)
    #expect { try Self.run(trial(.prefill), trial(.decode), gpus: 16) } throws: { "\($0)".contains("no scaleOut") }
  }
}
