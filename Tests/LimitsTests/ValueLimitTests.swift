import Containers
import Diagnostics
import Files
import Foundation
import LoadBalancing
import PerformanceModel
import RoutingTrace
import TestTraces
import Testing
import Validation
import Workloads

/// Both sides of the limits that are no key's and no option's.
@Suite struct ValueLimitTests {
  /// Does what the limit is for with a number at it or next to it.
  struct Limit: Sendable {
    let what: String
    let within: [Int]
    let beyond: [Int]
    let body: @Sendable (Int) throws -> Void

    init(_ what: String, _ range: ClosedRange<Int>, _ body: @escaping @Sendable (Int) throws -> Void) {
      self.init(
        what, within: [range.lowerBound, range.upperBound], beyond: [range.lowerBound - 1, range.upperBound + 1], body)
    }

    init(_ what: String, within: [Int], beyond: [Int], _ body: @escaping @Sendable (Int) throws -> Void) {
      (self.what, self.within, self.beyond, self.body) = (what, within, beyond, body)
    }
  }

  private static func header(
    layers: Int = 1, experts: Int = 2, topK: Int = 1, content: TraceHeader.Content = .tokens
  ) -> TraceHeader {
    TraceHeader(name: "a", content: content, layerNumbers: Array(0..<max(0, layers)), experts: experts, topK: topK)
  }

  private static func checkCounts(_ counts: [UInt64], tokens: Int = 1) throws {
    let header = header(experts: counts.count, content: .counts)
    try RoutingStep(number: 0, tokens: tokens, counts: counts).validate(against: header)
  }

  /// Visits of all steps, in counts of 2^48 each.
  private static func readCounts(steps: Int) throws {
    let counts = Array(repeating: UInt64(1) << 40, count: 256)
    let folder = try TemporaryFolder()
    let header =
      #"{"format":"moe-routing-trace","version":1,"layers":1,"experts":256,"content":"counts","topK":2}"#
    let lines = (0..<steps).map { #"{"step":\#($0),"layer":0,"counts":\#(counts)}"# }
    _ = try Sample.read(folder.write(([header] + lines).joined(separator: "\n"), to: "t.jsonl"))
  }

  private final class NoSequences: SequenceSource {
    let header = ValueLimitTests.header()
    func next() throws(InputError) -> RoutedSequence? { nil }
  }

  private static func packets(_ count: Int) throws {
    let parameters = RoundRobinParameters(
      links: 1, linkBandwidth: 1, packetSize: 1, packetPreparation: 0, maxPacketsPerTurn: 1, nicRate: 1e6,
      baseDelay: 0, initialDelay: 0)
    _ = try RoundRobinModel(parameters: parameters, copies: .direct).schedule(
      bytes: [0, Double(count), 0, 0], ranks: 2)
  }

  private static func sequences(_ text: String) throws {
    _ = try Workload(
      parsing: "name: a\nexperts: 8\ntopK: 2\nlayers: 2\ntokensPerStep: 8\nphase: prefill\n"
        + "popularity: {kind: uniform}\nsequences: \(text)\n", name: "a.yaml")
  }

  static let traces: [Limit] = [
    Limit("MoE layers of a trace", 1...4096) { try header(layers: $0).validate() },
    Limit("experts of a layer", 1...65_536) { try header(experts: $0).validate() },
    Limit("layers × experts of a trace", within: [524_288], beyond: [524_304]) {
      try header(layers: 16, experts: $0 / 16).validate()
    },
    Limit("experts of a token (top-k)", 1...1024) { try header(experts: 2048, topK: $0).validate() },
    Limit("tokens of one expert in a layer of one step, in counts", within: [0, 1 << 40], beyond: [1 << 40 + 1]) {
      try checkCounts([UInt64($0), 1])
    },
    Limit("visits of a layer in one step, in counts; tokens of that step", within: [256], beyond: [257]) {
      try checkCounts(Array(repeating: 1 << 40, count: $0))
    },
    Limit("visits of a layer in one step, in counts; tokens of that step", 1...1 << 48) {
      try checkCounts([1], tokens: $0)
    },
    Limit("visits of all layers and steps, in counts", within: [1 << 14], beyond: [1 << 14 + 1]) {
      try readCounts(steps: $0)
    },
    Limit("load of one expert in a matrix for `plan`", 0...1 << 53) {
      _ = try LoadMatrix(json: Array("[[1, \($0 > 1 << 53 ? $0 + 1 : $0)]]".utf8))
    },
    Limit("tokens of a step that is made of recorded sequences", 1...1 << 20) {
      _ = try Batching.prefill(tokensPerStep: $0).steps(of: NoSequences())
    },
    Limit("steps that `--select` draws", 1...1_000_000_000) { _ = try StepDraw("uniform:\($0)") },
    Limit("kept groups of `--router groups`", 1...65_536) { _ = try RouterRecipe("groups:groups=65536,keep=\($0)") },
    Limit("kept experts of `--router top-k`", 1...1024) { _ = try RouterRecipe("top-k:keep=\($0)") },
    Limit("experts that `--router prune` removes", 0...65_536) { _ = try RouterRecipe("prune:experts=\($0)") },
    Limit("experts that `--router merge` leaves", 1...65_536) { _ = try RouterRecipe("merge:into=\($0)") },
    Limit("steps that `--router prune` and `merge` learn on", 1...1_000_000) {
      _ = try RouterRecipe("merge:into=8,learn=\($0)")
    },
  ]

  static let files: [Limit] = [
    Limit("a text file: YAML, a matrix, a plan, a table", within: [64 << 20], beyond: [64 << 20 + 1]) {
      let folder = try TemporaryFolder()
      _ = try readText(folder.write(Data(count: $0), to: "a"))
    },
    Limit("what a line, step or archive entry may inflate to", within: [32 << 20], beyond: [32 << 20 + 1]) {
      let bytes = [UInt8](repeating: 0, count: $0)
      let member = try GzipMember.deflate(bytes, identifier: (0, 0), extra: [], level: 1)
      _ = try GzipMember.inflate(member, at: 0, limit: inflateLimit(compressed: member.count))
    },
    Limit("tokens of a row of measurements", 1...1_000_000_000) { tokens in
      let file = KeyLimit(.table, "", "draws", 1...2, ["draws": "$"]).file("1").text
      let folder = try TemporaryFolder()
      try FileKind.table.read(folder.write(file.replacing("128,8,1,", with: "128,8,\(tokens),"), to: "a.csv"))
    },
  ]

  static let machines: [Limit] = [
    Limit("ranks", 1...4096) { _ = try cluster.resized(ranks: $0) },
    Limit("ranks for `fair-share`", within: [1, 1024], beyond: [1025]) {
      var cluster = try cluster.resized(ranks: $0)
      cluster.fairShare = FairShareParameters(topology: "ports")
      _ = try cluster.priced(by: "fair-share")
    },
    Limit("slots of a layer", 1...65_536) { _ = try SlotBudget.total($0).slots(experts: 1, ranks: 1) },
    Limit("bytes from one rank to another, for `comm`", within: [0, 1 << 53], beyond: [1 << 53 + 2]) {
      _ = try BytesMatrix(csv: "0,\($0)\n1,0\n", name: "a")
    },
    Limit("packets of one All-to-All, for `round-robin`", within: [1 << 50], beyond: [1 << 50 + 1]) {
      try packets($0)
    },
  ]

  private static let cluster = Cluster(
    name: "a", ranks: 1, ranksPerNode: 4096, scaleUp: Link(dispatchBandwidth: 1, combineBandwidth: 1))

  static let workloads: [Limit] = [
    Limit("layers × tokens × top-k of a step", within: [262_144], beyond: [262_145]) {
      _ = try Workload(
        parsing: "name: a\nexperts: 1024\ntopK: 1024\nlayers: 1\nsteps: 1\ntokensPerStep: \($0)\n"
          + "popularity: {kind: uniform}\n", name: "a.yaml")
    },
    Limit("tokens of a sequence", 1...10_000_000) { try sequences("{count: 1, lengths: [\($0)]}") },
    Limit("sequences × tokens of the longest", within: [1 << 22], beyond: [1 << 22 + 1]) {
      try sequences("{count: \($0), lengths: [1024]}")
    },
  ]

  static let all = traces + files + machines + workloads

  @Test(arguments: all.indices)
  func bothSidesOfALimitAreTold(index: Int) throws {
    let limit = Self.all[index]
    for number in limit.within {
      #expect(throws: Never.self, "\(limit.what): \(number)") { try limit.body(number) }
    }
    for number in limit.beyond {
      let error = #expect(throws: InputError.self, "\(limit.what): \(number)") { try limit.body(number) }
      #expect(error?.description.contains("\n") == false)
    }
  }

  /// Quantities of each dimension, at both ends and next to them.
  @Test(arguments: [
    ("size", ["0.001 B", "1e6 TB"], ["0.0009 B", "1000001 TB"]),
    ("time", ["0 s", "1e-6 us", "1e6 s"], ["-1 us", "9e-7 us", "1000001 s"]),
    ("bandwidth", ["1 B/s", "1e6 TB/s"], ["0.9 B/s", "1000001 TB/s"]),
    ("rate", ["1 FLOP/s", "1e12 TFLOP/s"], ["0.9 FLOP/s", "1000001000000 TFLOP/s"]),
  ])
  func quantitiesKeepToTheirLimits(dimension: String, within: [String], beyond: [String]) throws {
    func read(_ text: String) throws {
      let settings = try Settings(parsing: "a: 1\nb: \(text)\n", name: "a.yaml")
      switch dimension {
      case "size": _ = try settings.size("b")
      case "time": _ = try settings.duration("b")
      case "bandwidth": _ = try settings.bandwidth("b")
      default: _ = try settings.flopRate("b")
      }
    }
    for text in within { #expect(throws: Never.self, "\(text)") { try read(text) } }
    for text in beyond {
      let error = #expect(throws: InputError.self, "\(text)") { try read(text) }
      #expect(error?.place.line == 2)
    }
  }

  /// Rows of the table whose both sides no test can reach, and why, as the table says.
  static let untested = [
    "of these, packets simulated one by one", "looks at pairs of ranks while these are simulated",
    "visits of a plan that `token-to-expert` draws one by one, rather than on average",
  ]

  @Test func everyRowIsTestedOrSaysWhyNot() {
    let quantities = ["sizes in YAML", "times in YAML", "bandwidths in YAML", "arithmetic rates in YAML"]
    let tested = Set(Self.all.map(\.what) + quantities + Self.untested)
    #expect(tested == Set(LimitsTests.inCode.map(\.what)))
  }
}
