import Diagnostics
import PerformanceModel
import Randomness
import Testing

/// A packet is prepared while the one before it is sent, and a round takes so many times what that leaves.
@Suite struct OverlappedPreparationTests {
  static let even = (0..<64).map { $0 / 8 == $0 % 8 ? 0.0 : 1600 }

  static func cluster(_ extra: String, allToAll: String = "round-robin") throws -> Cluster {
    let text = """
      name: packets
      ranks: 8
      ranksPerNode: 1
      allToAll: \(allToAll)
      copies: direct
      roundRobin: {links: 1, linkBandwidth: 100 B/ms, packetSize: 20 B, packetPreparation: 1 ms, maxPacketsPerTurn: 5,
                   nicRate: 10000 B, baseDelay: 2 ms\(extra)}
      """
    return try Cluster(settings: Settings(parsing: text, name: "c.yaml"))
  }

  static func price(_ extra: String, allToAll: String) throws -> MatrixPrice {
    let rows = (0..<8).map { row in even[row * 8..<row * 8 + 8].map { String($0) }.joined(separator: ",") }
    let matrix = try BytesMatrix(csv: rows.joined(separator: "\n"), name: "even.csv")
    return try MatrixPrice(of: matrix, on: cluster(extra, allToAll: allToAll))
  }

  @Test("1600 B for every pair take 6.24 ms a round and 263.68 ms in all", arguments: ["round-robin", "closed-form"])
  func evenLoad(allToAll: String) throws {
    let price = try Self.price(", overlapPreparation: 1.2", allToAll: allToAll)
    #expect(RoundRobinModelTests.isClose(price.time, 263_680))
    if let schedule = price.schedule {
      #expect(schedule.rounds == 32)
      #expect(schedule.roundTimes().allSatisfy { RoundRobinModelTests.isClose($0, 6240) })
    }
  }

  @Test("Even load by the formula: 11,200 B a node, 8 ms a round, 32 rounds")
  func formula() throws {
    let load = try #require(try Self.price("", allToAll: "closed-form").evenLoad)
    #expect(load.bytesPerNode == 11_200)
    #expect(RoundRobinModelTests.isClose(load.roundTime, 8000))
    #expect(RoundRobinModelTests.isClose(load.rounds, 32))
    #expect(try Self.price("", allToAll: "round-robin").evenLoad == nil)
  }

  @Test("It is what preparing packet by packet gives", arguments: 0..<40)
  func equalsNaive(seed: Int) throws {
    var generator = SeededGenerator(seed: UInt64(seed))
    let ranks = 2 + generator.below(4)
    let packet = Double(1 + generator.below(30))
    let parameters = RoundRobinParameters(
      links: 1 + generator.below(3), linkBandwidth: (packet + Double(generator.below(150))) / 1e3, packetSize: packet,
      packetPreparation: Double(generator.below(3)) * 200, maxPacketsPerTurn: 1 + generator.below(5),
      nicRate: packet + Double(generator.below(600)), baseDelay: 2000, initialDelay: 500,
      overlapPreparation: 1 + Double(generator.below(4)) / 4,
      clusters: generator.below(2) == 0
        ? nil : .init(nodesPerCluster: 2, linkBandwidth: (packet + Double(generator.below(50))) / 1e3))
    let bytes = (0..<ranks * ranks).map { _ in generator.below(4) == 0 ? 0 : Double(generator.below(3000)) }
    let schedule = try RoundRobinModel(parameters: parameters, copies: .direct).schedule(bytes: bytes, ranks: ranks)
    let expected = NaivePackets.roundTimes(bytes: bytes, ranks: ranks, parameters)
    #expect(schedule.rounds == expected.count)
    #expect(zip(schedule.roundTimes(), expected).allSatisfy { RoundRobinModelTests.isClose($0, $1) })
  }

  @Test("At 1 it never takes longer than one after the other", arguments: PacketCase.all)
  func isNoSlower(known: PacketCase) throws {
    var parameters = known.parameters
    parameters.overlapPreparation = 1
    let (bytes, ranks) = (Array(known.bytes.joined()), known.params.numNodes)
    let schedule = try RoundRobinModel(parameters: parameters, copies: .direct).schedule(bytes: bytes, ranks: ranks)
    #expect(schedule.rounds == known.rounds)
    #expect(schedule.time <= known.commTime * 1e3 * (1 + 1e-12))
  }

  @Test("The file says it, and is refused where it contradicts itself")
  func file() throws {
    let cluster = try Self.cluster(", overlapPreparation: 1.2")
    #expect(cluster.roundRobin?.overlapPreparation == 1.2)
    #expect(
      try Cluster(settings: Settings(parsing: ClusterFile(cluster, comments: []).text, name: "c.yaml")) == cluster)
    for (extra, message) in [
      (", overlapPreparation: 0.5", "0.5 is outside 1.0…1000.0"),
      (", overlapPreparation: 1.2, preparedAtOnce: 2", "prepared at once, not one while another is sent"),
      (", preparedAtOnce: 1.2", "'1.2' is not a whole number"),
    ] {
      let error = #expect(throws: InputError.self) { try Self.cluster(extra) }
      #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
    }
  }
}
