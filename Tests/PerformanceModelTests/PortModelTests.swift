import PerformanceModel
import Testing

@Suite struct PortModelTests {
  static let shapes: [(ranks: Int, ranksPerNode: Int)] = [
    (1, 1), (2, 2), (8, 8), (4, 2), (16, 4), (24, 8), (12, 1), (9, 3),
  ]
  static let payload = Payload(dispatchBytes: 7392, combineBytes: 14336)

  static func cluster(ranks: Int, ranksPerNode: Int, copies: Copies) -> Cluster {
    Cluster(
      name: "test", ranks: ranks, ranksPerNode: ranksPerNode, copies: copies,
      scaleUp: Link(dispatchBandwidth: 2e5, combineBandwidth: 1.5e5, dispatchLatency: 13, combineLatency: 9),
      scaleOut: Link(dispatchBandwidth: 4.5e4, combineBandwidth: 4e4, dispatchLatency: 25, combineLatency: 27))
  }

  @Test("The most loaded port is the one that a walk over every copy finds", arguments: shapes, Copies.allCases)
  func equalsTokenWalk(shape: (ranks: Int, ranksPerNode: Int), copies: Copies) throws {
    let list = TokenList.random(
      ranks: shape.ranks, ranksPerNode: shape.ranksPerNode, tokens: 300, topK: 4, seed: UInt64(shape.ranks))
    let found = list.traffic.portCopies(copies)

    var sent = [[0.0, 0.0]].flatMap { _ in Array(repeating: [0.0, 0.0], count: shape.ranks) }
    var received = sent
    for hop in list.hops(copies) {
      let level = hop.from / shape.ranksPerNode == hop.to / shape.ranksPerNode ? 0 : 1
      sent[hop.from][level] += 1
      received[hop.to][level] += 1
    }
    let most = { (level: Int) in zip(sent, received).map { max($0[level], $1[level]) }.max() ?? 0 }
    #expect(found.maximumScaleUp == most(0))
    #expect(found.maximumScaleOut == most(1))
    for (level, total) in [found.totalScaleUp, found.totalScaleOut].enumerated() {
      #expect(total == sent.map { $0[level] }.reduce(0, +))
      #expect(total == received.map { $0[level] }.reduce(0, +), "bytes sent are bytes received")
    }
  }

  @Test("The time is latency plus the most loaded port's bytes over its bandwidth", arguments: Copies.allCases)
  func prices(copies: Copies) throws {
    let list = TokenList.random(ranks: 16, ranksPerNode: 4, tokens: 500, topK: 4, seed: 7)
    let model = try PortModel(cluster: Self.cluster(ranks: 16, ranksPerNode: 4, copies: copies))
    let loads = list.traffic.portCopies(copies)
    let cost = model.price(list.traffic, payload: Self.payload)
    #expect(cost.dispatch == 25 + max(loads.maximumScaleOut * 7392 / 4.5e4, loads.maximumScaleUp * 7392 / 2e5))
    #expect(cost.combine == 27 + max(loads.maximumScaleOut * 14336 / 4e4, loads.maximumScaleUp * 14336 / 1.5e5))
    #expect(cost.scaleUpBytes == loads.totalScaleUp * 7392)
    #expect(cost.scaleOutBytes == loads.totalScaleOut * 7392)
  }

  @Test("Deduplication never sends more over the NICs", arguments: shapes)
  func dedupSendsLess(shape: (ranks: Int, ranksPerNode: Int)) {
    let traffic = TokenList.random(
      ranks: shape.ranks, ranksPerNode: shape.ranksPerNode, tokens: 200, topK: 6, seed: 3
    ).traffic
    #expect(traffic.portCopies(.dedup).totalScaleOut <= traffic.portCopies(.direct).totalScaleOut)
  }

  @Test("The bound is no larger than the port model", arguments: shapes, Copies.allCases)
  func bound(shape: (ranks: Int, ranksPerNode: Int), copies: Copies) throws {
    let cluster = Self.cluster(ranks: shape.ranks, ranksPerNode: shape.ranksPerNode, copies: copies)
    let traffic = TokenList.random(
      ranks: shape.ranks, ranksPerNode: shape.ranksPerNode, tokens: 100, topK: 2, seed: 11
    ).traffic
    let bound = try BoundModel(cluster: cluster).price(traffic, payload: Self.payload)
    let cost = try PortModel(cluster: cluster).price(traffic, payload: Self.payload)
    #expect(bound.dispatch <= cost.dispatch)
    #expect(bound.combine <= cost.combine)
  }

  @Test("A group of one rank pays nothing, and no combine means none")
  func nothing() throws {
    let alone = Self.cluster(ranks: 1, ranksPerNode: 1, copies: .dedup)
    let list = TokenList.random(ranks: 1, ranksPerNode: 1, tokens: 10, topK: 2, seed: 1)
    #expect(try PortModel(cluster: alone).price(list.traffic, payload: Self.payload) == AllToAllCost())
    let pair = Self.cluster(ranks: 2, ranksPerNode: 2, copies: .dedup)
    let dispatchOnly = Payload(dispatchBytes: 9, combineBytes: nil)
    #expect(try PortModel(cluster: pair).price(Traffic(ranks: 2, ranksPerNode: 2), payload: dispatchOnly).combine == 0)
  }
}
