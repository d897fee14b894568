import ExpertReplay
import Foundation
import TestTraces
import Testing

/// The packet document's `params.py` becomes files that say the same.
@Suite struct PacketProgramTests {
  /// Both sets of the document's own file in our words: names and numbers, its derivations and its assertions.
  static let text = """
    DEBUG = False
    TEST_PARAMS = False  # the small set

    if TEST_PARAMS:
        NUM_LAYERS = 1
        NUM_EXPERTS = 4
        SEQLEN = 40
        TOP_K = 2
        EMBED_DIM = 16
        HOT_RATIO = 0.5
        HOT_WEIGHT = 0.8
        NUM_HOT_EXPERTS = int(NUM_EXPERTS * HOT_RATIO)
        NUM_NODES = 4
        NUM_EXPERTS_PER_NODE = NUM_EXPERTS // NUM_NODES
        UNIT_COMM_LOAD = 4
        NUM_LINKS = 2
        BASE_DELAY = 2
        INITIAL_CPU_DELAY = 1
        INTRA_BW = 2
        INTER_BW = 2
        PACKET_SIZE = 1
        PACKET_PREP_DELAY = 1
        PARALLELIZATION_MULTIPLIER = 1.2
        ROUND_ROBIN_MAX_PACKETS = 2
        NIC_RATE = 10000
    else:
        NUM_LAYERS = 58
        NUM_EXPERTS = 128             # experts
        SEQLEN = 1_024
        TOP_K = 8
        EMBED_DIM = 7168
        HOT_RATIO = 0.3
        HOT_WEIGHT = 8e-1
        NUM_HOT_EXPERTS = int(NUM_EXPERTS * HOT_RATIO)
        NUM_NODES = 8
        WEIGHT_PRECISION = 4
        ROUTING_PRECISION = 1
        ID_PRECISION = 2
        NUM_EXPERTS_PER_NODE = NUM_EXPERTS // NUM_NODES
        UNIT_COMM_LOAD = (WEIGHT_PRECISION + 2*ID_PRECISION + ROUTING_PRECISION)
        NUM_LINKS = 1
        BASE_DELAY = 2
        INITIAL_CPU_DELAY = 0
        INTRA_BW = 100
        INTER_BW = 50
        PACKET_SIZE = 20
        PACKET_PREP_DELAY = 1
        PARALLELIZATION_MULTIPLIER = 1.2
        ROUND_ROBIN_MAX_PACKETS = 5
        NIC_RATE = 10000

    assert NUM_EXPERTS % NUM_NODES == 0, "experts = nodes * n"
    assert INTRA_BW > 0 and INTER_BW > 0, 'bandwidth'
    assert PACKET_SIZE <= INTRA_BW, "packet"
    """

  static func read(_ text: String = text) throws -> (
    cluster: Cluster, model: ModelShape, workload: Workload, PacketProgram
  ) {
    let program = try PacketProgram(parsing: text, name: "params.py", as: "mine")
    let texts = Dictionary(uniqueKeysWithValues: program.files.map { ($0.kind, $0.text) })
    return (
      try Cluster(settings: Settings(parsing: texts["cluster"] ?? "", name: "c")),
      try ModelShape(settings: Settings(parsing: texts["model"] ?? "", name: "m")),
      try Workload(parsing: texts["workload"] ?? "", name: "w"), program
    )
  }

  @Test func `the branch that the flag picks becomes a cluster, a model and a workload`() throws {
    let (cluster, model, workload, program) = try Self.read()
    var shipped = try Machine(named: "moe-comms").prefill
    shipped.name = "mine"
    #expect(cluster == shipped)
    #expect(model.payload == (try ModelShape(named: "moe-comms").payload))
    #expect((model.experts, model.topK, model.takesAnyLayers) == (128, 8, true))
    #expect((workload.experts, workload.topK, workload.layers, workload.hasGateWeights) == (128, 8, 58, true))
    #expect(HotShare(of: workload)?.experts == 38)
    #expect(program.notes.count == 4)

    let small = try Self.read(Self.text.replacing("TEST_PARAMS = False", with: "TEST_PARAMS = True"))
    #expect((small.cluster.ranks, small.cluster.ranksPerNode, small.cluster.nodes) == (4, 1, 4))
    #expect(small.cluster.roundRobin?.links == 2 && small.cluster.roundRobin?.initialDelay == 1000)
    #expect(small.model.payload.dispatchBytes == 4 && small.workload.layers == 1)
  }

  @Test(arguments: ["\r\n", "\r"]) func `lines may end as elsewhere`(end: String) throws {
    #expect(try Self.read(Self.text.replacing("\n", with: end)).cluster == Self.read().cluster)
  }

  @Test func `without its flag a plain list of numbers does as well, and the last of two values counts`() throws {
    let lines = Self.text.split(separator: "\n").drop { !$0.hasPrefix("else") }.dropFirst().prefix { $0.hasPrefix(" ") }
    let plain = lines.map { $0.drop { $0 == " " } }.joined(separator: "\n")
    #expect(try Self.read(plain).cluster == Self.read().cluster)
    #expect(try Self.read(plain + "\nNUM_LINKS = 3").cluster.roundRobin?.links == 3)
  }

  @Test(arguments: [
    ("NUM_LINKS = 1", "NUM_LINKS = 2*2", "line 41: NUM_LINKS = 2*2: an expression, expected a number (nothing is run)"),
    ("NUM_LINKS = 1", "NUM_LINKS = __import__('os').system('id')", "line 41: NUM_LINKS = __import__"),
    (
      "NUM_HOT_EXPERTS = int(NUM_EXPERTS * HOT_RATIO)\n    NUM_NODES = 8", "NUM_HOT_EXPERTS = int(3)",
      "line 34: NUM_HOT"
    ),
    ("NUM_LINKS = 1", "", "NUM_LINKS: missing"), ("WEIGHT_PRECISION = 4", "", "WEIGHT_PRECISION: missing"),
    ("TOP_K = 8", "TOP_K = 129", "line 28: NUM_EXPERTS: 128 experts, fewer than the 129 of TOP_K"),
    ("NUM_NODES = 8", "NUM_NODES = 7", "line 28: NUM_EXPERTS: 128 experts do not divide over 7 nodes (NUM_NODES)"),
    ("PACKET_SIZE = 20", "PACKET_SIZE = 101", "PACKET_SIZE: 101 B are more than a link carries in a round (INTRA_BW)"),
    ("INTRA_BW = 100", "INTRA_BV = 100", "line 44: unknown parameter 'INTRA_BV'; did you mean 'INTRA_BW'?"),
    ("HOT_WEIGHT = 8e-1", "HOT_WEIGHT = 1.5", "line 33: HOT_WEIGHT: 1.5 is outside 0…1"),
    ("NUM_LINKS = 1", "NUM_LINKS = 1.5", "line 41: NUM_LINKS: 1.5 is not a whole number"),
    (
      "HOT_RATIO = 0.3", "HOT_RATIO = 0.001",
      "these parameters do not fit together: popularity.hotRatio: 0.001 of 128 experts is none"
    ),
    ("if TEST_PARAMS:", "if TESTING:", "line 4: 'TESTING' is not set to True or False above"),
    ("if TEST_PARAMS:", "if not TEST_PARAMS:", "line 4: 'if not TEST_PARAMS:', expected NAME = number"),
    ("DEBUG = False", "import os", "line 1: 'import os', expected NAME = number"),
    ("DEBUG = False", "  DEBUG = False", "line 1: indented, but not below an if"),
    ("assert PACKET_SIZE <= INTRA_BW", "assert PACKET_SIZE < INTRA_BW", "line 54: 'assert PACKET_SIZE < INTRA_BW"),
    ("NUM_EXPERTS_PER_NODE = NUM_EXPERTS // NUM_NODES\n    UNIT", "NUM_EXPERTS_PER_NODE = 15\n    UNIT", "give 16"),
  ])
  func `what cannot be read, or contradicts itself, is named`(original: String, replacement: String, message: String) {
    // The second set's lines come last.
    let parts = Self.text.split(separator: "else:", maxSplits: 1)
    let isOfElse = parts[1].contains(original)
    let text =
      isOfElse
      ? parts[0] + "else:" + parts[1].replacing(original, with: replacement, maxReplacements: 1)
      : Self.text.replacing(original, with: replacement, maxReplacements: 1)
    let error = #expect(throws: InputError.self) { try Self.read(String(text)) }
    #expect(error?.description.hasPrefix("params.py: ") == true)
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
    #expect(error?.status == .data)
  }

  @Test func `the document's page has a row for each parameter`() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../..")
    let page = try String(contentsOf: root.appendingPathComponent("docs/moe-comms.md"), encoding: .utf8)
    let named = page.split(separator: "\n").compactMap { $0.wholeMatch(of: #/\| `([A-Z_]+)` \|.*/#)?.1 }.map(
      String.init)
    #expect(
      Set(named.filter { $0.contains("_") || $0 == "SEQLEN" }).isSuperset(
        of: ParameterName.all.subtracting(ParameterName.derivations.keys)))
  }
}
