import PerformanceModel
import Testing

@Suite struct ClusterFileTests {
  @Test("A cluster's file reads back as the same cluster, to six digits")
  func fileRoundTrip() throws {
    var cluster = try ClusterTests.cluster()
    cluster.scaleOut?.dispatchLatency = Latency(points: [
      .init(ranks: 16, microseconds: 21.5), .init(ranks: 32, microseconds: 29),
    ])
    cluster.scaleUp?.combineFloor = 12.25
    cluster.overhead = OperationOverhead(dispatch: 1, combine: 2)
    cluster.gpu?.batchToken = 0.00946
    cluster.price = MachinePrice(
      .purchase(38000, years: 4), power: .init(gpu: 700, idle: 75.5, node: 3000), pricePerKWh: 0.15)
    let text = ClusterFile(cluster, comments: ["where it is from"]).text
    #expect(text.hasPrefix("# where it is from\nname: test\n"))
    #expect(try ClusterTests.cluster(text) == cluster)
  }

  @Test("The packet network's file reads back too")
  func packetFileRoundTrip() throws {
    let parameters = try #require(PacketCase.all.first).parameters
    let cluster = Cluster(
      name: "mesh", ranks: 8, ranksPerNode: 8, allToAll: "round-robin", copies: .direct, sections: [parameters])
    #expect(try ClusterTests.cluster(ClusterFile(cluster, comments: []).text) == cluster)
  }

  @Test("Names that mean something in YAML read back from a cluster file", arguments: names)
  func anyNameReadsBack(name: String) throws {
    var cluster = try ClusterTests.cluster()
    cluster.name = name
    let text = ClusterFile(cluster, comments: ["a comment\nranks: 1"]).text
    #expect(try ClusterTests.cluster(text) == cluster)
  }

  static let names = [
    "x: y", "*a", "&a", "@", "- a", "# c", "a # c", "x\nranks: 1", "", " a ", "~", "'", "\"", "{a", "%", "!t", "|",
    "née 模型",
    "\u{1B}[31m", "\u{0}", "a: ", "\u{2028}x: 1", "\u{85}ranks: 3", "?", "? a", "\\", "true", "12",
  ]
}
