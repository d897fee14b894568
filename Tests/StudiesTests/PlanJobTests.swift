import Diagnostics
import LoadBalancing
import Replay
import RoutingTrace
import Studies
import TestTraces
import Testing

@Suite struct PlanJobTests {
  private func eplb(slots: Int) throws -> BalancingPolicy {
    let text = """
      name: e
      predictor: {kind: oracle}
      planner: {kind: eplb, redundantSlots: \(slots)}
      schedule: {kind: initial}
      dispatch: {kind: even}
      """
    return try BalancingPolicy(settings: Settings(parsing: text, name: "e.yaml"))
  }

  /// What `plan` writes is what a replay that knows the whole recording puts in force.
  @Test func affinityIsPlannedFromTheRecordingAndItsPrice() throws {
    let trace = SmallTrace()
    let setting = try Fixture.setting(trace)
    let affinity = try Fixture.policy(
      "affinity", predictor: "{kind: oracle}", planner: "{kind: affinity}", schedule: "{kind: initial}")
    let recording = try PlanJob.Recording(summing: trace.source(), on: setting)
    let plan = try PlanJob(
      demand: .init(summing: trace.source()), policy: affinity, ranks: 4, nodes: 2, recording: recording
    ).run()
    let json = try PlanFormats.content(of: plan, format: "json")
    let text = "name: f\nplanner: {kind: fixed, file: p}\nschedule: {kind: initial}\ndispatch: {kind: even}"
    let fixed = try BalancingPolicy(settings: Settings(parsing: text, name: "f")) {
      try PlanFormats.plan(in: json, name: $0)
    }
    let results = try Fixture.replay(trace, [affinity, fixed], setting: setting).policies
    #expect(results[1].time.comm == results[2].time.comm)
    #expect(results[1].traffic == results[2].traffic)
    #expect(results[1].time.comm != results[0].time.comm)
  }

  @Test func affinityWithoutARecordingIsRefused() throws {
    let affinity = try Fixture.policy("a", planner: "{kind: affinity}")
    let demand = RecordedLoad(load: ExpertLoad(layers: 1, experts: 4, values: [1, 2, 3, 4]))
    #expect { try PlanJob(demand: demand, policy: affinity, ranks: 2, nodes: 1).run() } throws: {
      "\($0)".contains("policy a: goes by what a recording's steps cost")
    }
  }

  @Test func sumsTheLoadOfTokensAndOfCounts() throws {
    let tokens = TraceHeader(name: "t", content: .tokens, layerNumbers: [1, 2], experts: 3, topK: 2)
    let step = RoutingStep(number: 0, tokens: 2, experts: [0, 1, 0, 2, 2, 1, 2, 0])
    #expect(
      try RecordedLoad(summing: StoredSteps(header: tokens, steps: [step, step])).load.values == [4, 2, 2, 2, 2, 4])
    let counts = TraceHeader(name: "c", content: .counts, layerNumbers: [3], experts: 3, topK: nil, groups: 3)
    let demand = try RecordedLoad(
      summing: StoredSteps(header: counts, steps: [RoutingStep(number: 0, tokens: 3, counts: [1, 2, 3])]))
    #expect(
      demand
        == RecordedLoad(
          load: ExpertLoad(layers: 1, experts: 3, values: [1, 2, 3]), layerNumbers: [3], groups: 3, steps: 1))
  }

  @Test(arguments: ["[[1, 2.5], [3, 4]]", #"{"weight": [[1, 2.5], [3, 4]]}"#]) func readsABareMatrix(json: String)
    throws
  {
    let demand = try #require(try RecordedLoad(matrixJSON: json, name: "w.json"))
    #expect(demand.load == ExpertLoad(layers: 2, experts: 2, values: [1, 2.5, 3, 4]))
  }

  @Test func leavesOtherJSONToTheTraceReader() throws {
    #expect(try RecordedLoad(matrixJSON: #"{"logical_count": [[1]]}"#, name: "l.json") == nil)
  }

  @Test(arguments: [
    ("[]", "empty matrix"), ("[[1], [1, 2]]", "w.json: layer 1: 2 experts, expected 1"),
    ("[[-1]]", "layer 0: expert 0: -1.0, expected a load"),
    ("[[1, NaN]]", "layer 0: expert 1: NaN, expected a load"),
  ]) func saysWhatIsWrongWithAMatrix(json: String, message: String) {
    #expect { try RecordedLoad(matrixJSON: json, name: "w.json") } throws: { "\($0)".contains(message) }
  }

  /// Layers 1 and 2 of three are MoE.
  static let routed = RoutedModel(
    name: "m", layers: 3, moeLayers: 2, moeLayerNumbers: [1, 2], experts: 2, topK: 1)

  @Test(arguments: [([1, 2, 3, 4], nil), ([0, 0, 1, 2, 3, 4], nil), ([1, 2, 3, 4], [1, 2])])
  func aLoadOfAModelHasTheNumbersOfItsMoELayers(values: [Double], numbers: [Int]?) throws {
    let load = ExpertLoad(layers: values.count / 2, experts: 2, values: values)
    let demand = try RecordedLoad(load: load, layerNumbers: numbers).fitted(to: Self.routed)
    #expect(demand.layerNumbers == [1, 2])
    #expect(demand.load == ExpertLoad(layers: 2, experts: 2, values: [1, 2, 3, 4]))
  }

  @Test func aLoadOfOtherExpertsOrLayersThanTheModelsIsRefused() {
    for (layers, experts, message) in [
      (2, 3, "2 experts, but the load has 3"), (1, 2, "layer 0 of 1 recorded is none of them"),
    ] {
      let demand = RecordedLoad(load: ExpertLoad(zeroFor: layers, experts: experts))
      #expect { try demand.fitted(to: Self.routed) } throws: {
        "\($0)".contains("model m: ") && "\($0)".contains(message)
      }
    }
  }

  @Test func plansReplicasOfTheHottestExpert() throws {
    let demand = RecordedLoad(load: ExpertLoad(layers: 1, experts: 4, values: [90, 1, 2, 3]), layerNumbers: [5])
    let plan = try PlanJob(demand: demand, policy: eplb(slots: 2), ranks: 2, nodes: 1).run()
    #expect(plan.placement.layers[0].slots(ofExpert: 0).count == 3)
    #expect(plan.layerNumbers == [5] && plan.hiddenLayers == 6)
  }

  @Test(arguments: [(3, 2, 1, "2 nodes do not divide 3 ranks"), (2, 1, 3, "3 groups do not divide 4 experts")])
  func rejectsShapesThatDoNotFit(ranks: Int, nodes: Int, groups: Int, message: String) throws {
    let demand = RecordedLoad(load: ExpertLoad(zeroFor: 1, experts: 4), groups: groups)
    let job = PlanJob(demand: demand, policy: try eplb(slots: 2), ranks: ranks, nodes: nodes)
    #expect { try job.run() } throws: { "\($0)".contains(message) }
  }
}
