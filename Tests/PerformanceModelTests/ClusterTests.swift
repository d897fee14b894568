import Diagnostics
import PerformanceModel
import Testing

@Suite struct ClusterTests {
  static let text = """
    name: test
    ranks: 32
    ranksPerNode: 8
    allToAll: port
    copies: dedup
    scaleUp:  {bandwidth: 285 GB/s, dispatchLatency: 13.2 us, combineLatency: 9.5 us}
    scaleOut: {dispatchBandwidth: 45 GB/s, combineBandwidth: 40 GB/s, dispatchLatency: 25 us, combineLatency: 27 us}
    gpu: {memory: 80 GB, hbm: 3.35 TB/s, bf16: 989 TFLOP/s, efficiency: {hbm: 0.9, math: 0.7}}
    overlap: 0.5
    """

  static func cluster(_ text: String = text) throws -> Cluster {
    try Cluster(settings: Settings(parsing: text, name: "c.yaml"))
  }

  @Test("A cluster file is read with its units")
  func reads() throws {
    let cluster = try Self.cluster()
    #expect(cluster.nodes == 4)
    #expect(
      cluster.scaleUp
        == Link(
          dispatchBandwidth: 285_000, combineBandwidth: 285_000, dispatchLatency: 13.2, combineLatency: 9.5))
    #expect(cluster.scaleOut?.dispatchBandwidth == 45_000)
    #expect(cluster.scaleOut?.combineBandwidth == 40_000)
    #expect(cluster.gpu?.fp8 == nil)
    #expect(cluster.gpu?.tile == 128)
    #expect(cluster.overlap == Overlap(fraction: 0.5))
  }

  @Test(
    "What is wrong is named with its line",
    arguments: [
      ("ranks: 32", "ranks: 30", "c.yaml: line 2: ranks: 30 ranks are not a multiple of 8 ranks per node"),
      ("ranks: 32", "ranks: 0", "c.yaml: line 2: ranks: 0 is outside 1…4096"),
      ("allToAll: port", "allToAll: prot", "c.yaml: line 4: allToAll: unknown 'prot'; did you mean 'port'?"),
      ("copies:", "copie:", "c.yaml: line 5: copie: unknown key; did you mean 'copies'?"),
      ("bandwidth: 285 GB/s", "bandwidth: 0 GB/s", "c.yaml: line 6: scaleUp.bandwidth: '0 GB/s' is not above 0"),
      (
        "overlap: 0.5", "overlap: most",
        "c.yaml: line 9: overlap: 'most', expected none, full or a fraction between 0 and 1"
      ),
      (
        "overlap: 0.5", "overlap: {fraction: 0.5, derate: 0}", "c.yaml: line 9: overlap.derate: 0.0 is outside 0.01…1.0"
      ),
      ("overlap: 0.5", "overlap: {derate: 0.8}", "c.yaml: line 9: overlap.fraction: missing"),
      (
        "{memory: 80 GB,", "{waves: {multiprocessors: 0}, memory: 80 GB,",
        "c.yaml: line 8: gpu.waves.multiprocessors: 0 is outside 1…65536"
      ),
      (
        "{memory: 80 GB,", "{memory: 80 us,",
        "c.yaml: line 8: gpu.memory: '80 us' is a time, expected a size such as 14 KB"
      ),
    ])
  func refuses(original: String, replacement: String, message: String) {
    let error = #expect(throws: InputError.self) {
      try Self.cluster(Self.text.replacing(original, with: replacement))
    }
    #expect(error?.description == message)
  }

  @Test(
    "Overlap may say how fast communication runs beside computation",
    arguments: [
      ("{fraction: 0.75, derate: 0.8}", Overlap(fraction: 0.75, derate: 0.8)), ("{fraction: 1}", .full),
      ("full", .full), ("0.25", Overlap(fraction: 0.25)),
    ])
  func overlap(text: String, expected: Overlap) throws {
    let cluster = try Self.cluster(Self.text.replacing("overlap: 0.5", with: "overlap: \(text)"))
    #expect(cluster.overlap == expected)
    #expect(try Self.cluster(ClusterFile(cluster, comments: []).text) == cluster)
  }

  @Test("Wave quantisation is off unless the file has it")
  func waves() throws {
    #expect(try Self.cluster().gpu?.waves == nil)
    let cluster = try Self.cluster(
      Self.text.replacing("hbm: 3.35", with: "waves: {multiprocessors: 132, columns: 128}, hbm: 3.35"))
    #expect(cluster.gpu?.waves == Waves(multiprocessors: 132, columns: 128))
    #expect(try Self.cluster(ClusterFile(cluster, comments: []).text) == cluster)
  }

  @Test("Resizing fills one node, then whole nodes", arguments: [(4, 4, 1), (8, 8, 1), (64, 8, 8)])
  func resizes(ranks: Int, ranksPerNode: Int, nodes: Int) throws {
    let cluster = try Self.cluster().resized(ranks: ranks)
    #expect(cluster.ranks == ranks)
    #expect(cluster.ranksPerNode == ranksPerNode)
    #expect(cluster.nodes == nodes)
  }

  @Test("A packet network of nodes keeps a rank each; ranks of one node without links stay on one")
  func resizesPackets() throws {
    let text = """
      name: packets
      ranks: 8
      ranksPerNode: NODE
      allToAll: round-robin
      \(ClusterSectionTests.packets)
      """
    let nodes = try Self.cluster(text.replacing("NODE", with: "1")).resized(ranks: 12)
    #expect((nodes.ranksPerNode, nodes.nodes) == (1, 12))
    let node = try Self.cluster(text.replacing("NODE", with: "8")).resized(ranks: 12)
    #expect((node.ranksPerNode, node.nodes) == (12, 1))
    let uneven = try Self.cluster(text.replacing("NODE", with: "2"))
    #expect(try uneven.resized(ranks: 12).nodes == 6)
    #expect(throws: InputError.self) { try uneven.resized(ranks: 11) }
  }

  @Test("Ranks that do not fill whole nodes are a usage error", arguments: [0, -8, 12, 1 << 40])
  func refusesRanks(ranks: Int) {
    let error = #expect(throws: InputError.self) { try Self.cluster().resized(ranks: ranks) }
    #expect(error?.status == .usage)
  }

  @Test("A model that the cluster does not describe is a usage error")
  func refusesModel() {
    let error = #expect(throws: InputError.self) { try Self.cluster().priced(by: "round-robin") }
    #expect(error?.status == .usage)
  }
}

@Suite struct ModelShapeTests {
  static let text = """
    name: test
    layers: 61
    moeLayers: 58
    experts: 256
    topK: 8
    groups: 8
    hidden: 7168
    expertIntermediate: 2048
    weights: fp8
    dispatch: {dtype: fp8, scaleBlock: 128}
    combine: {dtype: bf16}
    """

  static func model(_ text: String = text) throws -> ModelShape {
    try ModelShape(settings: Settings(parsing: text, name: "m.yaml"))
  }

  @Test(
    "A copy's bytes follow the format",
    arguments: [
      ("{dtype: fp8, scaleBlock: 128}", 7392.0), ("{dtype: fp8, scaleBlock: 128, metadata: 16 B}", 7408),
      ("{dtype: bf16}", 14336), ("{dtype: nvfp4}", 4032), ("{bytes: 9 B}", 9),
    ])
  func payload(dispatch: String, bytes: Double) throws {
    let model = try Self.model(Self.text.replacing("{dtype: fp8, scaleBlock: 128}", with: dispatch))
    #expect(model.payload == Payload(dispatchBytes: bytes, combineBytes: 14336))
    #expect(model.expertBytes == 44_040_192)
  }

  @Test(
    "The router's limit on groups is one on nodes where each group lies within one",
    arguments: [(1, nil), (2, nil), (4, nil), (8, 4), (16, nil), (3, nil)] as [(Int, Int?)])
  func nodeLimit(nodes: Int, limit: Int?) throws {
    let model = try Self.model(Self.text.replacing("groups: 8", with: "groups: 8\ngroupsPerToken: 4"))
    #expect(model.nodesPerTokenLimit(nodes: nodes) == limit)
    #expect(try Self.model().nodesPerTokenLimit(nodes: nodes) == nil)
  }

  @Test(
    "MoE layers are numbered from the first, if the file says which it is or has no dense layers",
    arguments: [
      ("moeLayers: 58", nil), ("moeLayers: 58\nfirstMoELayer: 3", Array(3..<61)), ("moeLayers: 61", Array(0..<61)),
      ("moeLayers: 30\nfirstMoELayer: 1\nmoeLayerInterval: 2", Array(stride(from: 1, to: 61, by: 2))),
    ] as [(String, [Int]?)])
  func moeLayerNumbers(lines: String, numbers: [Int]?) throws {
    #expect(try Self.model(Self.text.replacing("moeLayers: 58", with: lines)).moeLayerNumbers == numbers)
  }

  @Test("A model of any layers has those of its trace, all MoE")
  func anyLayers() throws {
    let text = Self.text.replacing("layers: 61\nmoeLayers: 58", with: "layers: any")
    let model = try Self.model(text)
    #expect(model.takesAnyLayers)
    let fitted = model.fitted(toLayers: Array(3..<61))
    #expect((fitted.layers, fitted.moeLayers, fitted.moeLayerNumbers) == (61, 61, Array(0..<61)))
    #expect(try Self.model().fitted(toLayers: [0]) == Self.model())
    let error = #expect(throws: InputError.self) { try Self.model(text + "\nmoeLayers: 3") }
    #expect(error?.description == "m.yaml: line 11: moeLayers: with layers: any, all are MoE")
  }

  @Test("A model without combine has none")
  func noCombine() throws {
    let model = try Self.model(Self.text.replacing("combine: {dtype: bf16}", with: "combine: none"))
    #expect(model.payload.combineBytes == nil)
  }

  @Test(
    "What is wrong is named with its line",
    arguments: [
      ("topK: 8", "topK: 300", "m.yaml: line 5: topK: 300 of 256 experts"),
      ("groups: 8", "groups: 7", "m.yaml: line 6: groups: 256 experts do not divide into 7 groups"),
      ("moeLayers: 58", "moeLayers: 62", "m.yaml: line 3: moeLayers: 62 MoE layers, but the model has 61 layers"),
      (
        "moeLayers: 58", "moeLayers: 58\nfirstMoELayer: 4",
        "m.yaml: line 4: firstMoELayer: the last MoE layer would be 61 of 61 layers"
      ),
      ("combine: {dtype: bf16}", "combine: nothing", "m.yaml: line 11: combine: unknown 'nothing'; known: none"),
      ("combine: {dtype: bf16}", "", "m.yaml: line 1: combine: missing"),
      ("weights: fp8", "weights: fp9", "m.yaml: line 9: weights: unknown 'fp9'; did you mean 'fp8'?"),
    ])
  func refuses(original: String, replacement: String, message: String) {
    let error = #expect(throws: InputError.self) { try Self.model(Self.text.replacing(original, with: replacement)) }
    #expect(error?.description == message)
  }
}
