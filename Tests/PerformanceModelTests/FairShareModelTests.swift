import Diagnostics
import PerformanceModel
import Randomness
import Testing

@Suite struct FairShareModelTests {
  static let payload = Payload(dispatchBytes: 7392, combineBytes: 14336)

  static func cluster(_ parameters: FairShareParameters, ranks: Int, ranksPerNode: Int, copies: Copies) -> Cluster {
    var cluster = PortModelTests.cluster(ranks: ranks, ranksPerNode: ranksPerNode, copies: copies)
    cluster.allToAll = "fair-share"
    cluster.fairShare = parameters
    return cluster
  }

  /// A line of twelve ranks and a shortcut.
  static let line: [FairShareParameters.Edge] = {
    var edges = [FairShareParameters.Edge(first: 0, second: 7, bandwidth: 3e4)]
    for rank in 0..<11 {
      edges.append(.init(first: rank, second: rank + 1, bandwidth: 1e4 * Double(1 + rank % 3)))
    }
    return edges
  }()

  static let topologies: [FairShareParameters] = [
    FairShareParameters(topology: "ports"),
    FairShareParameters(topology: "fat-tree", nodesPerPod: 2, oversubscription: 3),
    FairShareParameters(topology: "full-mesh", linkBandwidth: 2e4),
    FairShareParameters(topology: "mesh-2d", linkBandwidth: 5e4, columns: 4),
    FairShareParameters(topology: "explicit", edges: line),
  ]

  @Test("The last flow ends when raising all rates together says so", arguments: 0..<topologies.count, Copies.allCases)
  func equalsProgressiveFilling(topology: Int, copies: Copies) throws {
    let cluster = Self.cluster(Self.topologies[topology], ranks: 12, ranksPerNode: 2, copies: copies)
    let model = try FairShareModel(cluster: cluster)
    var generator = SeededGenerator(seed: UInt64(topology))
    for _ in 0..<4 {
      let bytes = (0..<144).map { _ in generator.below(3) == 0 ? 0 : generator.unit() * 1e6 }
      let flow = model.flow(bytes, ranks: 12)
      let expected = NaiveFluid.time(bytes: bytes, network: model.network)
      #expect(abs(flow.time - expected) <= 1e-9 * expected)
      #expect(flow.utilisation.allSatisfy { $0 <= 1 + 1e-9 }, "no link above its capacity")
    }
  }

  @Test("No link moves faster than the bound", arguments: 0..<topologies.count, Copies.allCases)
  func bound(topology: Int, copies: Copies) throws {
    var cluster = Self.cluster(Self.topologies[topology], ranks: 12, ranksPerNode: 2, copies: copies)
    let traffic = TokenList.random(ranks: 12, ranksPerNode: 2, tokens: 200, topK: 4, seed: 9).traffic
    let cost = try FairShareModel(cluster: cluster).price(traffic, payload: Self.payload)
    let ports = try BoundModel(cluster: cluster).price(traffic, payload: Self.payload)
    if topology < 2 {
      #expect(ports.dispatch <= cost.dispatch * (1 + 1e-12))
      #expect(ports.combine <= cost.combine * (1 + 1e-12))
    }
    cluster.scaleUp = nil
    cluster.scaleOut = nil
    if topology >= 2 {
      let links = try BoundModel(cluster: cluster).price(traffic, payload: Self.payload)
      #expect(links.dispatch <= cost.dispatch * (1 + 1e-12))
      #expect(links.combine <= cost.combine * (1 + 1e-12))
      #expect(links.dispatch > 0)
    }
  }

  @Test("One flow takes its bytes over the narrowest link of its path, after the latency")
  func singleFlow() throws {
    let cluster = Self.cluster(
      FairShareParameters(topology: "fat-tree", nodesPerPod: 1, oversubscription: 2), ranks: 4, ranksPerNode: 2,
      copies: .direct)
    var traffic = Traffic(ranks: 4, ranksPerNode: 2)
    traffic.visits[2] = 1e6
    let cost = try FairShareModel(cluster: cluster).price(
      traffic, payload: Payload(dispatchBytes: 1, combineBytes: nil))
    #expect(abs(cost.dispatch - (25 + 1e6 / 2.25e4)) < 1e-9)
  }

  @Test("Two flows share a link fairly, and the rest goes to the third")
  func sharing() throws {
    let edges = [(0, 1), (1, 2)].map { FairShareParameters.Edge(first: $0, second: $1, bandwidth: 10) }
    let cluster = Self.cluster(
      FairShareParameters(topology: "explicit", edges: edges), ranks: 3, ranksPerNode: 3, copies: .direct)
    // 0→2 and 0→1 share link 0→1 at 5 each; 1→2 gets 5 beside 0→2, then 10.
    let flow = try FairShareModel(cluster: cluster).flow([0, 50, 50, 0, 0, 100, 0, 0, 0], ranks: 3)
    #expect(abs(flow.time - 15) < 1e-12)
    #expect(abs(flow.utilisation[2] - 1) < 1e-12)
    #expect(flow.utilisation[0] == 100 / 150.0)
  }

  @Test("Links are listed by use, and carry what the matrix sends over them")
  func linkUse() throws {
    let edges = [(0, 1), (1, 2)].map { FairShareParameters.Edge(first: $0, second: $1, bandwidth: 10) }
    let cluster = Self.cluster(
      FairShareParameters(topology: "explicit", edges: edges), ranks: 3, ranksPerNode: 3, copies: .direct)
    let price = try MatrixPrice(of: BytesMatrix(csv: "0,50,50\n0,0,100\n25,0,0", name: "m"), on: cluster)
    #expect(price.links.map(\.link) == ["link 1→2", "link 0→1", "link 1→0", "link 2→1"])
    let carried: [Double] = [150, 100, 25, 25]
    for (use, bytes) in zip(price.links, carried) { #expect(abs(use.utilisation - bytes / 150) < 1e-12) }
  }

  @Test("Nothing to send takes the latency alone and uses no link")
  func empty() throws {
    let cluster = Self.cluster(
      FairShareParameters(topology: "full-mesh", linkBandwidth: 10, latency: 3), ranks: 2, ranksPerNode: 2,
      copies: .direct)
    let price = try MatrixPrice(of: BytesMatrix(csv: "5,0\n0,5", name: "m"), on: cluster)
    #expect(price.time == 3)
    #expect(price.bottleneck == nil)
  }

  @Test(
    "A topology that does not fit its ranks is a usage error",
    arguments: [
      (FairShareParameters(topology: "mesh-2d", linkBandwidth: 1, columns: 5), "12 ranks do not fill rows of 5"),
      (FairShareParameters(topology: "mesh-2d", columns: 4), "the topology mesh-2d needs fairShare.linkBandwidth"),
      (FairShareParameters(topology: "fat-tree"), "the topology fat-tree needs fairShare.nodesPerPod"),
      (
        FairShareParameters(topology: "explicit", edges: [.init(first: 0, second: 1, bandwidth: 1)]),
        "no links lead from rank 0 to rank 2"
      ),
      (
        FairShareParameters(topology: "explicit", edges: [.init(first: 0, second: 12, bandwidth: 1)]),
        "link 0-12 leaves the 12 ranks"
      ),
      (FairShareParameters(topology: "torus"), "unknown topology 'torus'"),
    ])
  func refuses(parameters: FairShareParameters, message: String) {
    let cluster = Self.cluster(parameters, ranks: 12, ranksPerNode: 2, copies: .direct)
    let error = #expect(throws: InputError.self) { try FairShareModel(cluster: cluster) }
    #expect(error?.status == .usage)
    #expect(error?.message.hasPrefix(message) == true)
  }

  @Test("A cluster file names its links")
  func file() throws {
    let text = """
      name: wafer
      ranks: 4
      ranksPerNode: 4
      allToAll: fair-share
      copies: direct
      fairShare: {topology: explicit, links: ["0-1 25 GB/s", "1-2", "2-3"], linkBandwidth: 50 GB/s, latency: 2 us}
      """
    let cluster = try ClusterTests.cluster(text)
    #expect(cluster.fairShare?.edges?.map(\.bandwidth) == [25_000, 50_000, 50_000])
    #expect(try ClusterTests.cluster(ClusterFile(cluster, comments: []).text) == cluster)
    let price = try MatrixPrice(
      of: BytesMatrix(csv: "0,1000,0,0\n0,0,0,0\n0,0,0,0\n0,0,0,0", name: "m"), on: cluster)
    #expect(abs(price.time - (2 + 1000 / 25_000.0)) < 1e-12)
    #expect(price.bottleneck?.link == "link 0→1")
    #expect(price.bottleneck?.utilisation == 1)
    #expect(price.links.count == 6)
    #expect(price.links.dropFirst().map(\.link) == ["link 1→0", "link 1→2", "link 2→1", "link 2→3", "link 3→2"])
    #expect(price.links.dropFirst().allSatisfy { $0.utilisation == 0 })
    let broken = #expect(throws: InputError.self) {
      try ClusterTests.cluster(text.replacing("\"2-3\"", with: "\"2 to 3\""))
    }
    #expect(broken?.place.line == 6)
    let apart = #expect(throws: InputError.self) {
      try ClusterTests.cluster(text.replacing(", \"2-3\"", with: ""))
    }
    #expect(apart?.message == "allToAll: no links lead from rank 0 to rank 3")
  }
}

/// Progressive filling as it is told: raise all rates together; a full link stops its flows; repeat; let time run until a
/// flow ends; start over.
enum NaiveFluid {
  static func time(bytes: [Double], network: Network) -> Double {
    ends(bytes: bytes, network: network).values.max() ?? 0
  }

  /// When each pair's flow ends.
  static func ends(bytes: [Double], network: Network) -> [Int: Double] {
    var ends: [Int: Double] = [:]
    var left = bytes
    var time = 0.0
    var flows = bytes.indices.filter { bytes[$0] > 0 && !network.paths[$0].isEmpty }
    while !flows.isEmpty {
      let rates = rates(of: flows, network: network)
      let step = flows.map { left[$0] / (rates[$0] ?? 0) }.min() ?? 0
      time += step
      for flow in flows { left[flow] -= (rates[flow] ?? 0) * step }
      for flow in flows where left[flow] <= 1e-12 * bytes[flow] { ends[flow] = time }
      flows.removeAll { ends[$0] != nil }
    }
    return ends
  }

  private static func rates(of flows: [Int], network: Network) -> [Int: Double] {
    var rates: [Int: Double] = [:]
    var level = 0.0
    var rising = Set(flows)
    while !rising.isEmpty {
      var rise = Double.infinity
      for (link, properties) in network.links.enumerated() {
        let users = flows.filter { network.paths[$0].contains(Int32(link)) }
        let moving = users.filter(rising.contains).count
        guard moving > 0 else { continue }
        let used = users.reduce(0) { $0 + (rates[$1] ?? level) }
        rise = min(rise, (properties.dispatchCapacity - used) / Double(moving))
      }
      level += rise
      for (link, properties) in network.links.enumerated() {
        let users = flows.filter { network.paths[$0].contains(Int32(link)) }
        let used = users.reduce(0) { $0 + (rates[$1] ?? level) }
        guard used >= properties.dispatchCapacity * (1 - 1e-12) else { continue }
        for flow in users where rising.contains(flow) {
          rates[flow] = level
          rising.remove(flow)
        }
      }
    }
    return rates
  }
}
