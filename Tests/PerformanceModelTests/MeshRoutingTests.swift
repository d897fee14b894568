import Diagnostics
import PerformanceModel
import Randomness
import Testing

/// What paths over a mesh of cores take besides their bytes.
@Suite struct MeshRoutingTests {
  private static func parameters(
    hop: Double = 0, relay: Double = 0, entries: Int? = nil, columns: Int = 4, latency: Double = 0
  ) -> FairShareParameters {
    var parameters = FairShareParameters(
      topology: "mesh-2d", linkBandwidth: 1000, columns: columns, latency: latency)
    parameters.hopLatency = hop
    parameters.relayLatency = relay
    parameters.routingEntries = entries
    return parameters
  }

  private static func model(_ parameters: FairShareParameters, ranks: Int = 16) throws(InputError) -> FairShareModel {
    try FairShareModel(
      cluster: FairShareModelTests.cluster(parameters, ranks: ranks, ranksPerNode: ranks, copies: .direct))
  }

  /// `[ranks][ranks]` with these bytes from one rank to another.
  private static func message(_ source: Int, _ destination: Int, _ bytes: Double, ranks: Int = 16) -> [Double] {
    var matrix = Array(repeating: 0.0, count: ranks * ranks)
    matrix[source * ranks + destination] = bytes
    return matrix
  }

  private static func random(seed: UInt64, ranks: Int = 16) -> [Double] {
    var generator = SeededGenerator(seed: seed)
    return (0..<ranks * ranks).map { _ in generator.below(4) == 0 ? 1e4 * generator.unit() : 0 }
  }

  @Test(arguments: [
    (0, 15, 0, 11.0), (0, 15, 1, 6), (15, 0, 0, 11), (0, 3, 0, 3), (12, 0, 0, 3), (5, 6, 0, 1), (5, 10, 0, 7),
  ])
  func `a message takes its hops, and a relay where it turns without an entry`(
    source: Int, destination: Int, entries: Int, besides: Double
  ) throws {
    let model = try Self.model(Self.parameters(hop: 1, relay: 5, entries: entries))
    let flow = model.flow(Self.message(source, destination, 8000), ranks: 16)
    #expect(abs(flow.time - (besides + 8)) < 1e-12)
    #expect(abs(flow.hopTime - besides) < 1e-12 && flow.routingEntries == 1)
    let own = model.flow(Self.message(5, 5, 8000), ranks: 16)
    #expect(own.time == 0 && own.routingEntries == 0)
  }

  @Test func `paths of all ordered pairs`() throws {
    let network = try Self.model(Self.parameters(entries: 32)).network
    let paths = try #require(network.pathsThroughCores(Array(repeating: 1, count: 256), ranks: 16))
    for corner in [0, 3, 12, 15] { #expect(paths[corner] == 39) }
    #expect(paths.max() == 71 && paths.min() == 39, "above the 32 entries of a WSE-2 everywhere")
    // A path has one core more than hops.
    let hops = (0..<256).reduce(0) { $0 + network.paths[$1].count }
    #expect(paths.reduce(0, +) == hops + 240)
    #expect(try Self.model(Self.parameters()).network.pathsThroughCores([1], ranks: 1) == nil)
  }

  @Test func `where hops take nothing, times are as ever to the bit`() throws {
    let plain = try Self.model(Self.parameters(latency: 3))
    let counted = try Self.model(Self.parameters(entries: 0, latency: 3))
    for seed in 0..<20 {
      let bytes = Self.random(seed: UInt64(seed))
      let (flow, same) = (plain.flow(bytes, ranks: 16), counted.flow(bytes, ranks: 16))
      #expect(flow.time == same.time && flow.utilisation == same.utilisation && same.hopTime == 0)
      #expect(flow.routingEntries == nil && same.routingEntries != nil)
    }
  }

  @Test func `the last to arrive counts, by flows that fill links little by little`() throws {
    for seed in 0..<20 {
      let bytes = Self.random(seed: UInt64(seed), ranks: 12)
      for (hop, relay, entries) in [(2.0, 9.0, 0), (0.5, 30, 12), (3, 0, 5), (0, 40, 9)] {
        let model = try Self.model(Self.parameters(hop: hop, relay: relay, entries: entries), ranks: 12)
        let ends = NaiveFluid.ends(bytes: bytes, network: model.network)
        // Paths, by walking their links.
        func cores(_ pair: Int) -> [Int] {
          var (row, column) = (pair / 12 / 4, pair / 12 % 4)
          var cores = [pair / 12]
          while column != pair % 12 % 4 {
            column += column < pair % 12 % 4 ? 1 : -1
            cores.append(row * 4 + column)
          }
          while row != pair % 12 / 4 {
            row += row < pair % 12 / 4 ? 1 : -1
            cores.append(row * 4 + column)
          }
          return cores
        }
        var through = Array(repeating: 0, count: 12)
        for pair in ends.keys { for core in cores(pair) { through[core] += 1 } }
        let arrivals = ends.map { pair, end in
          let (from, to) = (pair / 12, pair % 12)
          let turns = from / 4 != to / 4 && from % 4 != to % 4
          let isRelayed = turns && through[from / 4 * 4 + to % 4] > entries
          return end + hop * Double(cores(pair).count - 1) + (isRelayed ? relay : 0)
        }
        let flow = model.flow(bytes, ranks: 12)
        let last = arrivals.max() ?? 0
        #expect(abs(flow.time - last) <= 1e-9 * last)
        #expect(flow.routingEntries == through.max())
      }
    }
  }

  @Test func `longer hops and relays never make it faster, nor do fewer entries`() throws {
    let bytes = Self.random(seed: 5)
    func time(_ hop: Double, _ relay: Double, _ entries: Int?) throws -> Double {
      try Self.model(Self.parameters(hop: hop, relay: relay, entries: entries)).flow(bytes, ranks: 16).time
    }
    var last = 0.0
    for hop in [0, 0.1, 1, 10, 100] {
      for relay in [0, 0.5, 5, 50, 500] {
        let times = try [nil, 40, 20, 10, 0].map { try time(hop, relay, $0) }
        #expect(times == times.sorted())
        #expect(try times[2] >= time(hop / 2, relay, 20) && times[2] >= time(hop, relay / 2, 20))
      }
      #expect(try time(hop, 5, 20) >= last)
      last = try time(hop, 5, 20)
    }
  }

  @Test func `both ways of a layer have their hops, which no byte takes`() throws {
    var traffic = Traffic(ranks: 16, ranksPerNode: 16)
    traffic.visits[15] = 1
    let payload = Payload(dispatchBytes: 2000, combineBytes: 4000)
    let cost = try Self.model(Self.parameters(hop: 1, relay: 5, entries: 0, latency: 2)).price(
      traffic, payload: payload)
    #expect(abs(cost.dispatch - (2 + 11 + 2)) < 1e-12 && abs(cost.combine - (2 + 11 + 4)) < 1e-12)
    #expect(abs(cost.fixed - 26) < 1e-12 && abs(cost.bound - 6) < 1e-12 && cost.routingEntries == 1)
  }

  static let text = """
    name: wafer
    ranksPerNode: 16
    allToAll: fair-share
    fairShare: {topology: mesh-2d, linkBandwidth: 1 GB/s, columns: 4, hopLatency: 1 us, relayLatency: 5 us, routingEntries: 32}
    """

  static func cluster(_ old: String = "", _ new: String = "") throws(InputError) -> Cluster {
    try Cluster(settings: Settings(parsing: text.replacing(old, with: new), name: "c.yaml"))
  }

  @Test func `a file says the same again`() throws {
    let cluster = try Self.cluster()
    #expect(cluster.fairShare == Self.parameters(hop: 1, relay: 5, entries: 32))
    let again = try Cluster(settings: Settings(parsing: ClusterFile(cluster, comments: []).text, name: "again"))
    #expect(again.fairShare == cluster.fairShare)
  }

  private static let others = "topology: full-mesh, linkBandwidth: 1 GB/s"

  @Test(arguments: [
    ("routingEntries: 32", "routingEntries: -1", "fairShare.routingEntries: -1 is outside 0…65536"),
    ("hopLatency: 1 us", "hopLatency: 1 GB", "fairShare.hopLatency: '1 GB' is a size"),
    ("hopLatency", "hopLatncy", "did you mean 'hopLatency'?"),
    ("topology: mesh-2d", "topology: full-mesh", "fairShare.hopLatency: a key of mesh-2d, not of full-mesh"),
    (
      "topology: mesh-2d, linkBandwidth: 1 GB/s, columns: 4, hopLatency: 1 us, relayLatency: 5 us", others,
      "fairShare.routingEntries: a key of mesh-2d, not of full-mesh"
    ),
    (
      "topology: mesh-2d, linkBandwidth: 1 GB/s, columns: 4, hopLatency: 1 us", others,
      "fairShare.relayLatency: a key of mesh-2d, not of full-mesh"
    ),
    ("columns: 4", "columns: 5", "16 ranks do not fill rows of 5"),
    ("ranksPerNode: 16", "ranksPerNode: 2048", "fair-share takes at most 1024 ranks, not 2048"),
  ])
  func refusals(old: String, new: String, message: String) {
    let error = #expect(throws: InputError.self) { try Self.cluster(old, new) }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
  }

  private static func notes(_ cluster: Cluster, ranks: Int = 16) throws -> [String] {
    let row = Array(repeating: "1", count: ranks).joined(separator: ",")
    let matrix = try BytesMatrix(csv: Array(repeating: row, count: ranks).joined(separator: "\n"), name: "m")
    return try MatrixPrice(of: matrix, on: cluster).notes
  }

  @Test func `notes tell of too many paths, and of relays that are faster than hops`() throws {
    let full = try Self.notes(Self.cluster())
    #expect(full.count == 1 && full[0].hasPrefix("Up to 71 paths pass through one core of wafer, which routes 32:"))
    #expect(try Self.notes(Self.cluster("routingEntries: 32", "routingEntries: 71")).isEmpty)
    let odd = try Self.notes(Self.cluster("relayLatency: 5 us, routingEntries: 32", "relayLatency: 0.5 us"))
    #expect(odd.count == 1 && odd[0].contains("takes 0.5 us, less than a hop by hardware (1 us)"))
    #expect(try Self.notes(Self.cluster("relayLatency: 5 us, routingEntries: 32", "latency: 0 us")).isEmpty)
    #expect(
      try Self.notes(Self.cluster("hopLatency: 1 us, relayLatency: 5 us, routingEntries: 32", "latency: 1 us")).isEmpty)
  }
}
