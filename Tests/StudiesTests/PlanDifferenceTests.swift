import Containers
import Diagnostics
import LoadBalancing
import PerformanceModel
import Reporting
import Studies
import Testing

@Suite struct PlanDifferenceTests {
  /// Layers 1 and 3 of four experts on two ranks, six slots.
  static func plan(_ maps: [[Int]]) -> PlannedPlacement {
    PlannedPlacement(
      layerNumbers: [1, 3],
      placement: Placement(
        ranks: 2, layers: maps.map { LayerPlacement(experts: 4, ranks: 2, physicalToLogical: $0) }))
  }

  static func written(_ json: String) throws -> WrittenPlan {
    try PlanFormats.plan(in: Array(json.utf8), name: "old")
  }

  static let new = plan([[0, 1, 2, 2, 3, 0], [0, 1, 3, 1, 2, 3]])

  @Test func `a plan does not differ from itself`() throws {
    let json = String(decoding: try PlanFormats.content(of: Self.new, format: "json"), as: UTF8.self)
    let difference = try PlanDifference(from: Self.written(json), to: Self.new, ranksPerNode: 2)
    #expect(difference.perLayer.map(\.layer) == [1, 3])
    #expect((difference.experts, difference.mostPerRank) == (0, 0))
    #expect(difference.bytes == nil && difference.time == nil)
  }

  @Test(arguments: [
    #"{"layers":[1,3],"slotsPerRank":2,"physicalToLogical":[[0,1,2,3],[2,3,0,1]]}"#,
    #"{"physical_to_logical_map":[[0,1,2,3],[0,1,2,3],[0,1,2,3],[2,3,0,1]]}"#,
  ])
  func `an expert moves once to each rank that lacks it, from a plan of other slots`(old: String) throws {
    let difference = try PlanDifference(from: Self.written(old), to: Self.new, ranksPerNode: 2)
    // Layer 1: rank 0 lacks 2, rank 1 lacks 0. Layer 3: rank 0 lacks 0 and 1, rank 1 lacks 2 and 3.
    #expect(difference.perLayer.map(\.experts) == [2, 4])
    #expect((difference.experts, difference.mostPerRank) == (6, 3))
    let served = ServedPlans(target: "any", replicaRule: "weighted", steps: nil, plans: [])
    let report = PlanReport(PlanOutcome(plan: Self.new, difference: difference, served: served, notes: []))
    #expect(try report.text().contains("  all              6  -"))
  }

  @Test func `the rank that fetches most is told, not the one that fetches least`() throws {
    // Rank 0 lacks 0, 1 and 2 of layer 1, rank 1 lacks 3.
    let old = #"{"layers":[1,3],"slotsPerRank":3,"physicalToLogical":[[3,3,3,0,1,2],[0,1,3,1,2,3]]}"#
    let difference = try PlanDifference(from: Self.written(old), to: Self.new, ranksPerNode: 2)
    #expect((difference.experts, difference.mostPerRank) == (4, 3))
  }

  @Test func `bytes are the model's, and time the cluster's`() throws {
    let model = ModelShape(
      name: "m", layers: 4, moeLayers: 2, experts: 4, topK: 2, hidden: 4, expertIntermediate: 8, weights: .bf16,
      payload: Payload(dispatchBytes: 8, combineBytes: 8))
    let cluster = try Cluster(
      settings: Settings(
        parsing: """
          name: c
          ranks: 2
          ranksPerNode: 2
          allToAll: port
          copies: dedup
          scaleUp: {bandwidth: 1 GB/s, dispatchLatency: 10 us, combineLatency: 10 us}
          """, name: "c.yaml"))
    let difference = try PlanDifference(
      from: Self.written(#"{"physicalToLogical":[[0,1,2,3],[2,3,0,1]],"layers":[1,3]}"#), to: Self.new,
      ranksPerNode: 2, model: model, cluster: cluster)
    let expert = model.expertBytes
    #expect(difference.perLayer.map(\.bytes) == [2 * expert, 4 * expert])
    #expect(difference.bytes == 6 * expert)
    // Three experts into and out of each rank, at 1 GB/s = 1000 bytes a microsecond.
    #expect(abs((difference.time ?? 0) - (10 + 3 * expert / 1000)) < 1e-9)
  }

  @Test(arguments: [
    ("[]", "not a plan"), (#"{"physical_to_logical_map":[[0,1,2,3]]}"#, "no such layer"),
    (#"{"layers":[1,3],"physicalToLogical":[[0,1,2],[0,1,2]]}"#, "3 slots"),
    (#"{"layers":[1,3],"physicalToLogical":[[0,1,2,2],[0,1,2,3]]}"#, "expert 3 has no slot"),
    (#"{"layers":[1,3],"physicalToLogical":[[0,1,2,9],[0,1,2,3]]}"#, "expert 9"),
    (#"{"layers":[1,3],"physicalToLogical":[[0,1,2,3,3],[0,1,2,3,3]]}"#, "5 slots"),
  ])
  func `a file that is no such plan is named`(old: String, message: String) {
    let error = #expect(throws: InputError.self) {
      try PlanDifference(from: Self.written(old), to: Self.new, ranksPerNode: 2)
    }
    #expect(error?.description.contains(message) == true && error?.subject == "old", "\(error?.description ?? "")")
  }

  @Test func `EPLB's arrays are the same in an npz as in JSON`() throws {
    let plan = Self.plan([[0, 1, 2, 3, 3, 2, 1, 0], [0, 0, 2, 3, 1, 1, 2, 3]])
    let zip = try ZipArchive(try PlanFormats.content(of: plan, format: "deepseek-eplb", path: "plan.npz"))
    #expect(zip.entries.map(\.name) == ["phy2log.npy", "log2phy.npy", "logcnt.npy"])
    let arrays = try zip.entries.map { try NumpyArray(try zip.content(of: $0)) }
    #expect(arrays.map(\.shape) == [[2, 8], [2, 4, 2], [2, 4]])
    let values = try arrays.map { try $0.integers(upTo: 8) }
    #expect(values[0] == [0, 1, 2, 3, 3, 2, 1, 0, 0, 0, 2, 3, 1, 1, 2, 3])
    #expect(values[1] == [0, 7, 1, 6, 2, 5, 3, 4] + [0, 1, 4, 5, 2, 6, 3, 7])
    #expect(values[2] == Array(repeating: 2, count: 8))
    let json = try PlanFormats.content(of: plan, format: "deepseek-eplb", path: "plan.json")
    #expect(String(decoding: json.prefix(24), as: UTF8.self) == "{\"phy2log\": [\n[0,1,2,3,3")
  }
}
