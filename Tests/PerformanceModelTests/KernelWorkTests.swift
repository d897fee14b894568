import Diagnostics
import PerformanceModel
import Testing

@Suite struct KernelWorkTests {
  private static let shape = TokenShape(experts: 16, topK: 2, hidden: 1000)

  /// Four ranks in one node that send one copy per visit; bandwidth 100 bytes per microsecond.
  private static func cluster(_ work: String = "", scaleUp: String = "") throws -> Cluster {
    try Cluster(
      settings: Settings(
        parsing: """
          name: t
          ranks: 4
          ranksPerNode: 4
          allToAll: port
          copies: direct
          scaleUp: {bandwidth: 100 B/us, dispatchLatency: 5 us, combineLatency: 7 us\(scaleUp)}
          \(work)
          """, name: "t.yaml"))
  }

  /// Rank 0 has six tokens: twelve visits, of which four stay, and four each go to ranks 1 and 2.
  private static let traffic: Traffic = {
    var traffic = Traffic(ranks: 4, ranksPerNode: 4)
    for rank in 0..<3 {
      traffic.visits[rank] = 4
      traffic.rankCopies[rank] = 3
    }
    return traffic
  }()

  private static func price(_ cluster: Cluster) throws -> AllToAllCost {
    try cluster.makeAllToAll().price(traffic, payload: Payload(dispatchBytes: 50, combineBytes: 100, shape: shape))
  }

  @Test("Without work, an operation takes its latency and the busiest port's bytes")
  func nothing() throws {
    let cost = try Self.price(Self.cluster())
    #expect(cost.dispatch == 5 + 4)
    #expect(cost.combine == 7 + 8)
  }

  @Test("Latency grows with the model's experts and its hidden size, and is fixed")
  func latency() throws {
    let cost = try Self.price(Self.cluster("work: {dispatch: {expertLatency: 500 ns, hiddenLatency: 2 ns}}"))
    #expect(abs(cost.dispatch - 19) < 1e-12)
    #expect(abs(cost.fixed - 22) < 1e-12)
  }

  @Test("Stages run beside each other: the longest counts")
  func beside() throws {
    // Six tokens · 2 us = 12 us, more than the 4 us of the port; own copies are handled, too: 12 · 0.1 us = 1.2 us.
    let cost = try Self.price(Self.cluster("work: {dispatch: {tokenTime: 2 us, copyTime: 100 ns}}"))
    #expect(abs(cost.dispatch - 18.2) < 1e-12)
    #expect(cost.combine == 7 + 8)
  }

  @Test("Or one after another, as far as the buffers between them are not full")
  func fill() throws {
    let after = try Self.price(Self.cluster("work: {dispatch: {tokenTime: 2 us, fill: unlimited}}"))
    #expect(after.dispatch == 5 + 12 + 4)
    let partly = try Self.price(Self.cluster("work: {dispatch: {tokenTime: 2 us, fill: {4: 3 us, 8: 9 us}}}"))
    #expect(partly.dispatch == 5 + 12 + 3)
  }

  @Test("Bytes pass through the kernels, own ones too, and few experts leave blocks idle")
  func blocks() throws {
    let even = try Self.price(Self.cluster("work: {combine: {copyBandwidth: 50 B/us}}"))
    #expect(even.combine == 7 + 24)
    let idle = try Self.price(Self.cluster("work: {combine: {copyBandwidth: 50 B/us, blocks: 64}}"))
    #expect(idle.combine == 7 + 24 * 4)
  }

  @Test("A small message goes by the protocol that is faster for it")
  func small() throws {
    let small = ", small: {latency: 1 us, bandwidth: 20 B/us}"
    let cost = try Self.price(Self.cluster(scaleUp: small))
    #expect(cost.dispatch == 5 + 4)
    let few = try Self.cluster(scaleUp: small).makeAllToAll()
      .price(Self.traffic, payload: Payload(dispatchBytes: 5, combineBytes: nil, shape: Self.shape))
    #expect(few.dispatch == 1 + 2)
    #expect(few.fixed == 1)
  }

  @Test("A half size counts only the peers that are sent to")
  func halfSize() throws {
    let cost = try Self.price(Self.cluster(scaleUp: ", halfSize: 30 B"))
    let bytes = 8.0 * 50 + 2 * 30
    #expect(cost.dispatch == 5 + bytes / 100)
  }

  @Test("Bytes of no known model cost their bytes alone")
  func bytes() throws {
    let cluster = try Self.cluster("work: {dispatch: {tokenTime: 2 us, expertLatency: 1 us}}")
    let cost = try cluster.makeAllToAll().price(Self.traffic, payload: Payload(dispatchBytes: 50, combineBytes: nil))
    #expect(cost.dispatch == 5 + 4)
  }

  @Test("Unknown keys are refused", arguments: ["tokenTim: 2 us", "fill: never", "blocks: -1"])
  func unknown(text: String) {
    #expect(throws: InputError.self) { try Self.cluster("work: {dispatch: {\(text)}}") }
  }
}
