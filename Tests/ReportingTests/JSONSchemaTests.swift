import CommandRunner
import Foundation
import Reporting
import Testing

/// What the commands print is what `docs/schema/` says.
@Suite struct JSONSchemaTests {
  static func schema(_ name: String) throws -> JSONSchema {
    let folder = Golden.root.appendingPathComponent("docs/schema")
    return try JSONSchema(Data(contentsOf: folder.appendingPathComponent("\(name).json")), in: folder)
  }

  /// Holds samples against a schema; between them they have every key that it describes.
  static func check(_ samples: [String], against name: String, location: SourceLocation = #_sourceLocation) throws {
    let schema = try schema(name)
    var seen: Set<String> = []
    for sample in samples {
      let json = try JSONSerialization.jsonObject(with: Data(sample.utf8))
      let mistakes = schema.mistakes(in: json, seen: &seen)
      #expect(mistakes.isEmpty, "\(name): \(mistakes.prefix(5))", sourceLocation: location)
    }
    let unseen = schema.paths().subtracting(seen).sorted()
    #expect(unseen.isEmpty, "\(name): no sample has \(unseen)", sourceLocation: location)
  }

  static func json(_ arguments: String...) throws -> String { try json(arguments) }

  static func json(_ arguments: [String]) throws -> String {
    let outcome = try Tool.run(arguments + ["--format", "json"])
    #expect(outcome.status == 0, "\(arguments): \(outcome.errors)")
    return outcome.output
  }

  static let hotCold = "traces/hot-cold.moetrace"
  /// Layers so different that some are worth more slots.
  static let budgeted = "traces/deepseek-v2-lite-like.moetrace"

  /// A machine with every tier of storage.
  static let tiered =
    "h100-ib:storage={host: {bandwidth: 55 GB/s}, ssd: {bandwidth: 12 GB/s}, remote: {bandwidth: 1 GB/s}}"

  /// Two recordings of one shape.
  private static func twoFiles(in scratch: Scratch) throws -> [String] {
    let copy = scratch.folder.appendingPathComponent("copy.jsonl").path
    #expect(try Tool.run("convert", hotCold, "-o", copy).status == 0)
    return [copy, hotCold]
  }

  @Test func `replay prints its schema`() throws {
    let scratch = try Scratch()
    let gated = try scratch.file(
      "gated.jsonl",
      """
      {"format":"moe-routing-trace","version":1,"layers":1,"experts":8,"topK":2,"content":"tokens"}
      {"step":0,"layer":0,"phase":"decode","experts":[[1,5],[2,5],[3,5]],"weights":[[0.6,0.4],[0.7,0.3],[0.9,0.1]]}
      {"step":1,"layer":0,"phase":"decode","experts":[[1,5],[2,5],[3,5]],"weights":[[0.6,0.4],[0.7,0.3],[0.9,0.1]]}

      """)
    try Self.check(
      [
        ReplayReport(ReplayReportTests.result.get()).text(as: .json),
        Self.json("replay", Self.budgeted, "--ranks", "8", "--policy", "layer-budget:steps=2", "--attention-tp", "2"),
        Self.json(
          "replay", "traces/gpt-oss-20b-like.moetrace", "--policy", "static", "--steps", "8:9", "--cluster",
          "wafer-estimate"),
        Self.json(
          "replay", "traces/decode-256.moetrace", "--policy", "static", "--cluster",
          "h100-cx7:overlap={fraction: 1, derate: 0.8, sms: 20}"),
        Self.json(
          "replay", Self.budgeted, "--ranks", "8", "--baseline", "static:redundantSlotsPerRank=2", "--policy",
          "eplb:redundantSlotsPerRank=2", "--cluster", Self.tiered, "--change", "2 fail 3"),
        Self.json(
          "replay", gated, "--policy", "static", "--ranks", "8", "--model", "mixtral-8x7b", "--router",
          "prune:experts=1,learn=1",
          "--router", "capacity:factor=1"),
        Self.json("replay", Self.budgeted, "--ranks", "8", "--policy", "eplb:steps=2", "--cluster", Self.tiered),
        Self.json("replay", Self.budgeted, "--ranks", "8", "--policy", "eplb:steps=2", "--details"),
        Self.json(
          "replay", Self.budgeted, "--ranks", "8", "--policy", "caches/lru:cache.expertsPerRank=100", "--cluster",
          Self.tiered),
        Self.json(["replay", "--policy", "static", "--select", "uniform:9"] + Self.twoFiles(in: scratch)),
        Self.json(
          "replay", Self.budgeted, "--ranks", "8", "--policy", "eplb:steps=2", "--context", "4096", "--cluster",
          "h100-ib:cost={pricePerGPUHour: 2, wattsPerGPU: 700, pricePerKWh: 0.15}", "--accuracy", "0.847"),
        Self.json(
          "replay", "traces/decode-256.moetrace", "--cluster", "gb200-nvl72", "--ranks", "32", "--as", "moonep"),
      ], against: "replay")
  }

  @Test func `replay on several machines prints a list of what it prints for one`() throws {
    let several = try Self.json("replay", Self.budgeted, "--ranks", "8", "--ranks", "16", "--policy", "eplb:steps=2")
    for text in try [several, ReplayReport(MachinesReportTests.results()).text(as: .json)] {
      let json = try JSONSerialization.jsonObject(with: Data(text.utf8))
      var seen: Set<String> = []
      let schema = try Self.schema("replay-machines")
      #expect(schema.mistakes(in: json, seen: &seen) == [])
      #expect(seen.contains("[].policies[].time.total") && schema.paths().isSuperset(of: seen))
      #expect(try !schema.mistakes(in: #require((json as? [Any])?[0]), seen: &seen).isEmpty)
    }
  }

  @Test func `inspect prints its schema, alone and against another trace`() throws {
    let scratch = try Scratch()
    let trace = try scratch.file(
      "phases.jsonl",
      """
      {"format":"moe-routing-trace","version":1,"layers":1,"experts":8,"topK":2,"content":"tokens","model":"m",\
      "provenance":{"origin":"recorded","method":"by hand","from":"nothing","licence":"CC0-1.0"}}
      {"step":0,"layer":0,"phase":"prefill","experts":[[1,5],[2,7],[1,2]],"sequence":[0,0,1],\
      "source":[0,1,0],"token":[5,6,7],"weights":[[1,0],[1,0],[1,0]]}
      {"step":1,"layer":0,"phase":"decode","experts":[[0,5],[1,2],[1,7]],"sequence":[0,0,1]}

      """)
    // Counts that do not say their top-k have visits.
    let visits = try scratch.file(
      "visits.jsonl",
      """
      {"format":"moe-routing-trace","version":1,"layers":1,"experts":2,"content":"counts"}
      {"step":0,"layer":0,"phase":"prefill","counts":[3,1]}
      {"step":1,"layer":0,"phase":"decode","counts":[1,2]}

      """)
    let limited = try Self.json(
      "inspect", "traces/zipf-drift.moetrace", "--cluster", "h100-ib", "--model", "deepseek-v3", "--ranks", "64")
    try Self.check(
      [
        InspectionReport(InspectionReportTests.inspection()).text(as: .json), Self.json("inspect", trace),
        Self.json("inspect", visits), limited, Self.json("inspect", trace, "--resident", "50%", "--resident", "0.75"),
        Self.json(["inspect", "--select", "uniform:9"] + Self.twoFiles(in: scratch)),
        Self.json(
          "inspect", trace, "--router", "prune:experts=2,learn=1", "--router", "capacity:factor=1"),
      ],
      against: "inspect")
    try Self.check(
      [
        Self.json("inspect", Self.hotCold, "--against", Self.hotCold, "--cluster", "moe-comms"),
        Self.json("inspect", trace, "--against", trace, "--ranks", "8", "--model", "mixtral-8x7b"),
      ], against: "inspect-against")
  }

  @Test func `advise prints its schemas`() throws {
    let scratch = try Scratch()
    let trace = try scratch.file(
      "ids.jsonl",
      """
      {"format":"moe-routing-trace","version":1,"layers":1,"experts":8,"topK":2,"content":"tokens"}
      {"step":0,"layer":0,"phase":"decode","experts":[[1,5],[2,7]],"token":[3,4]}
      {"step":1,"layer":0,"phase":"decode","experts":[[1,5],[2,7]],"token":[3,4]}

      """)
    let machine = ["--ranks", "8", "--model", "mixtral-8x7b", "--link-speeds", "1"]
    try Self.check(
      [
        Tool.run(["advise", trace, "--interval", "1", "--format", "json"] + machine).output,
        Self.json("advise", "traces/decode-256.moetrace", "--ranks", "16", "--link-speeds", "1"),
        Self.json(
          "advise", "traces/mixtral-mmlu-like.moetrace", "--cluster", "a100-nvlink", "--ranks", "4", "--link-speeds",
          "1", "--batch-sizes", "8", "--interval", "1", "--formula", "--skewness", "1.39"),
      ], against: "advise")
    try Self.check(
      [
        Self.json("advise", Self.hotCold, "--tune"),
        Self.json(
          "advise", Self.budgeted, "--ranks", "8", "--tune", "--context", "4096", "--cluster",
          "h100-ib:cost={pricePerGPUHour: 2}"),
      ], against: "advise-tune")
    try Self.check(
      [
        Self.json(
          "advise", "traces/mixtral-mmlu-like.moetrace", "--ranks", "1", "--accumulate", "--context", "512",
          "--cluster", "a100-pcie:storage.host.bandwidth=25GB/s")
      ], against: "advise-accumulate")
  }

  @Test func `advise prints the schema of phases apart`() throws {
    let traces = ["traces/decode-256.moetrace", "--prefill", "traces/prompts-256.moetrace"]
    let both = ["advise"] + traces + ["--steps", "0:2", "--split"]
    try Self.check(
      [
        Self.json(both + ["64", "--input", "512", "--output", "64", "--ttft", "2s", "--tpot", "60ms"]),
        Self.json(
          both + ["80", "--input", "4096", "--output", "4096", "--prefill-cluster", "h100-ib", "--tpot", "60ms"]),
      ], against: "advise-split")
  }

  @Test func `screen prints its schema`() throws {
    let hotCold = [Self.hotCold, "--ranks", "16", "--model", "qwen3-30b-a3b"]
    let scratch = try Scratch()
    // Steps so large that seven of each half are worth an interval.
    let few = try Self.json("screen", "traces/decode-256.moetrace", "--ranks", "16", "--layers", "0:1")
    let short = try Self.json("screen", "traces/glm-like.moetrace", "--ranks", "16", "--layers", "0:1", "--resilience")
    let long = scratch.folder.appendingPathComponent("long.moetrace").path
    _ = try Tool.run(["generate", "hot-cold:steps=256", "-o", long])
    let enough = ["screen", long, "--ranks", "16", "--model", "qwen3-30b-a3b", "--context", "4096"]
    let even = try scratch.file(
      "even.jsonl",
      "{\"format\":\"moe-routing-trace\",\"version\":1,\"layers\":1,\"experts\":8,\"topK\":2,\"content\":\"tokens\"}\n"
        + (0..<32).map { "{\"step\":\($0),\"layer\":0,\"experts\":[[0,1],[2,3],[4,5],[6,7]]}\n" }.joined())
    try Self.check(
      [
        Self.json(["screen"] + hotCold + ["--context", "4096", "--rule", "ascend", "--memory", "1GB", "--resilience"]),
        Self.json(["screen"] + hotCold + ["--horizon", "0.000001s", "--target", "sglang"]), few, short,
        Self.json(enough), Self.json(enough + ["--horizon", "0.000001s"]),
        Self.json("screen", long, "--ranks", "8", "--cluster", Self.tiered, "--model", "qwen3-30b-a3b"),
        Self.json("screen", even, "--ranks", "8", "--model", "mixtral-8x7b", "--memory", "0GB"),
      ], against: "screen")
  }

  @Test func `screen prints its schema of room`() throws {
    try Self.check(
      [Self.json("screen", Self.budgeted, "--ranks", "8", "--cluster", Self.tiered, "--speed", "50%")], against: "room")
  }

  @Test func `sweep, comm and validate print their schemas`() throws {
    try Self.check(
      [Self.json("sweep", "traces/decode-256.moetrace", "--ranks", "16", "--points", "2")], against: "sweep")
    let scratch = try Scratch()
    let matrix = try scratch.file("m.csv", "0,100\n200,0\n")
    let mesh = try scratch.file(
      "mesh.yaml",
      """
      name: mesh
      ranks: 2
      ranksPerNode: 2
      allToAll: fair-share
      fairShare: {topology: mesh-2d, columns: 2, linkBandwidth: 50 GB/s, latency: 1 us, routingEntries: 0}
      scaleUp: {bandwidth: 50 GB/s, dispatchLatency: 1 us, combineLatency: 1 us}

      """)
    try Self.check(
      [
        Self.json("comm", matrix, "--cluster", "moe-comms"), Self.json("comm", matrix, "--cluster", mesh),
        Self.json("comm", matrix, "--cluster", "moe-comms", "--all-to-all", "closed-form"),
      ],
      against: "comm")
    let pairs = try scratch.file(
      "pairs.csv",
      """
      # source: by hand
      # kind: experts
      # cluster: h100-ib
      # model: deepseek-v3
      # phase: decode
      # distribution: power_law_1.2
      # gain: {by: eplb, before: no}
      ranks,tokens,eplb,us
      8,1024,no,900
      8,1024,yes,800

      """)
    let tables = ["validate", "h100-deepep-low-latency", "gb200-nvlink-two-sided", "h800-deepep-normal"]
    func printed(_ arguments: [String]) throws -> String { try Tool.run(arguments + ["--format", "json"]).output }
    try Self.check(
      [
        printed(tables), Self.json("validate", pairs),
        Self.json("validate", "h100-moe-layer-compute", "--leave-out", "phase"),
      ],
      against: "validate")
    #expect(try printed(tables) == printed(tables), "sums are in the same order in every run")
  }

  @Test func `a plan and what is said of it are as their schemas say`() throws {
    let scratch = try Scratch()
    let folder = scratch.folder
    func plan(_ policy: String, _ name: String, _ more: String...) throws -> String {
      let path = folder.appendingPathComponent(name).path
      let machine = ["--cluster", "h100-ib", "--ranks", "8", "--model", "deepseek-v2-lite"]
      let outcome = try Tool.run(
        ["plan", Self.budgeted, "--policy", policy, "--to", "json", "-o", path] + machine + more)
      #expect(outcome.status == 0, "\(outcome.errors)")
      return outcome.output
    }
    _ = try plan("eplb", "old.json")
    let old = folder.appendingPathComponent("old.json")
    _ = try plan("layer-budget", "budget.json")
    let reports = try [
      plan("greedy", "new.json", "--diff", old.path, "--format", "json"), plan("static", "s.json", "--format", "json"),
    ]
    let plans = try ["old.json", "budget.json", "new.json"].map {
      try String(contentsOf: folder.appendingPathComponent($0), encoding: .utf8)
    }
    try Self.check(plans, against: "plan")
    try Self.check(reports, against: "plan-report")
  }

  @Test(
    "Keys that are missing, not described or of another type are mistakes; so are keywords that are not known",
    arguments: [
      (#"{"a": 1}"#, [String]()), (#"{}"#, [".a is missing"]), (#"{"a": "x"}"#, [".a: x is not [\"integer\"]"]),
      (#"{"a": 1.5}"#, [".a: 1.5 is not [\"integer\"]"]), (#"{"a": 1, "c": 2}"#, [".c is not in the schema"]),
      (#"{"a": 1, "b": ["x", "z"]}"#, [".b[]: z is none of [\"x\", \"y\"]"]),
    ])
  func mistakes(json: String, mistakes: [String]) throws {
    let text = """
      {"type": "object", "properties": {"a": {"type": "integer"},
       "b": {"type": "array", "items": {"type": "string", "enum": ["x", "y"]}}}, "required": ["a"]}
      """
    var seen: Set<String> = []
    let object = try JSONSerialization.jsonObject(with: Data(json.utf8))
    #expect(try JSONSchema(Data(text.utf8), in: Golden.root).mistakes(in: object, seen: &seen) == mistakes)
    #expect(throws: JSONSchema.Mistake.self) {
      try JSONSchema(Data(text.replacing("integer\"", with: "integer\", \"minimum\": \"0\"").utf8), in: Golden.root)
    }
  }
}
