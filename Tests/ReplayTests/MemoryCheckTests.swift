import Diagnostics
import LoadBalancing
import PerformanceModel
import Replay
import TestTraces
import Testing

/// What a rank keeps, against the memory of its GPU.
@Suite struct MemoryCheckTests {
  private static let trace = SmallTrace()

  /// A model of more layers than the trace, with attention, on GPUs of this many bytes.
  private static func setting(memory: Double, context: Int? = nil) throws -> ReplaySetting {
    var cluster = try Fixture.cluster(ranks: 4, ranksPerNode: 2)
    cluster.gpu?.memory = memory
    var model = try Fixture.model(experts: 16, topK: 2, layers: 30)
    model.attention = AttentionShape(heads: 16, headSize: 64, keyValueHeads: 4)
    return try ReplaySetting(header: trace.header, cluster: cluster, model: model, context: context)
  }

  private static let wide = Result { try Fixture.policy("wide", planner: "{kind: eplb, redundantSlotsPerRank: 1}") }

  /// Experts of 30 layers in `slots` slots, and their attention.
  private static func weights(slots: Int) -> Double {
    let expert = Double(3 * 1024 * 512 * 2)
    let attention = Double(1024 * 64 * (16 + 8) + 1024 * 1024) * 2
    return 30 * (Double(slots) * expert + attention)
  }

  private func memory(_ policies: [BalancingPolicy], _ setting: ReplaySetting) throws -> ReplayResult {
    try Fixture.replay(Self.trace, policies, setting: setting)
  }

  @Test func `all layers of the model count, and its attention`() throws {
    let result = try memory([Self.wide.get()], Self.setting(memory: 80e9))
    #expect(result.policies.map(\.memory.bytesPerRank) == [Self.weights(slots: 4), Self.weights(slots: 5)])
    #expect(result.policies[1].memory.replicaBytesPerRank == Double(30 * 3 * 1024 * 512 * 2))
    #expect(!result.notes.contains { $0.contains("fit") })
  }

  @Test func `what a plan of one slot per expert lacks is a note, and the baseline's too`() throws {
    let greedy = try Fixture.policy("greedy", planner: "{kind: greedy}")
    let fits = Self.weights(slots: 4)
    #expect(try !memory([greedy], Self.setting(memory: fits)).notes.contains { $0.contains("fit") })
    let notes = try memory([greedy], Self.setting(memory: fits - 1)).notes
    #expect(
      notes == [
        "Does not fit (static, greedy): 4 slots a layer take 0.5 GB on a rank (experts 0.4 GB, attention 0.2 GB), "
          + "but a GPU of test has 0.5 GB."
      ])
  }

  @Test func `redundant slots that do not fit are refused`() throws {
    let fits = Self.weights(slots: 5)
    _ = try memory([Self.wide.get()], Self.setting(memory: fits))
    let error = #expect(throws: InputError.self) { try memory([Self.wide.get()], Self.setting(memory: fits - 1)) }
    #expect(error?.subject == "policy wide")
    #expect(error?.status == .usage)
    #expect(error?.message.hasPrefix("5 slots a layer take 0.6 GB on a rank (experts 0.5 GB") == true)
  }

  /// 40 tokens a step on 4 ranks decode, each with its context, 512 values a layer.
  @Test func `with a context the keys and values of the largest step count`() throws {
    let kept = Double(10 * 1000 * 30 * 512 * 2)
    let fits = Self.weights(slots: 4) + kept
    let result = try memory([], Self.setting(memory: fits, context: 1000))
    #expect(result.policies[0].memory.bytesPerRank == fits)
    #expect(result.notes.isEmpty)
    let short = try memory([], Self.setting(memory: fits - 1, context: 1000))
    #expect(short.notes.count == 1 && short.notes.first?.contains("keys and values 0.3 GB") == true)
    // Redundant slots fit beside the weights, not beside what is kept of the tokens.
    let beside = Self.weights(slots: 5) + kept
    _ = try memory([Self.wide.get()], Self.setting(memory: beside, context: 1000))
    let error = #expect(throws: InputError.self) {
      try memory([Self.wide.get()], Self.setting(memory: beside - 1, context: 1000))
    }
    #expect(error?.message.contains("keys and values 0.3 GB") == true)
  }

  @Test func `a cluster that does not describe its GPUs is held to nothing`() throws {
    var cluster = try Fixture.cluster(ranks: 4, ranksPerNode: 2)
    cluster.gpu = nil
    let setting = try ReplaySetting(
      header: Self.trace.header, cluster: cluster, model: Fixture.model(experts: 16, topK: 2, layers: 4096))
    let wide = try Fixture.policy("wide", planner: "{kind: eplb, redundantSlotsPerRank: 9000}")
    #expect(try !memory([wide], setting).notes.contains { $0.contains("fit") })
  }
}
