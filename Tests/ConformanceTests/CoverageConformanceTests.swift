import Inspection
import LoadBalancing
import RoutingTrace
import Testing
import TraceImport

/// Experts that batches of recorded tokens visit, and what copies in every node keep inside, against figures that were
/// computed apart.
@Suite struct CoverageConformanceTests {
  private static func steps(_ recording: String, skip: Int, tokensPerStep: Int? = nil) throws -> any StepSource {
    let imported = try Imports.named("routed-experts")
      .open([Shared.path("traces/\(recording).npz")], options: ImportOptions())
    return try imported.steps(
      batching: tokensPerStep.map { .prefill(tokensPerStep: $0) } ?? .decode(sequences: 1, skip: skip))
  }

  @Test(arguments: [
    (recording: "gpt-oss-20b-decode", skip: 8, known: [4, 10.22, 16.98, 21.96, 26.51, 29.89]),
    ("esft-law", 0, [6, 16.58, 38.61, 58.53, 63.68, 63.99]),
  ])
  func `distinct experts of batches`(recording: String, skip: Int, known: [Double]) throws {
    let steps = FirstSteps(8 * 1024, of: try Self.steps(recording, skip: skip))
    let coverage = try #require(try TraceInspection(steps) { nil }.coverage)
    #expect(coverage.prefix(6).map(\.tokens) == [1, 4, 16, 64, 256, 1024])
    for (entry, known) in zip(coverage, known) { #expect(abs(entry.experts - known) < 0.0051) }
  }

  /// Four nodes, the hottest experts learned on the first half of the tokens, visits of the second.
  @Test(arguments: [
    (recording: "gpt-oss-20b-decode", skip: 8, hot: [2: 0.098, 4: 0.203, 8: 0.411]),
    ("esft-law", 0, [4: 0.162, 8: 0.269, 16: 0.441]),
  ])
  func `copies in every node keep the hottest experts' visits inside`(
    recording: String, skip: Int, hot: [Int: Double]
  ) throws {
    let all = try Self.steps(recording, skip: skip)
    let header = all.header
    var loads: [[Double]] = []
    while let step = try all.next() {
      loads.append(
        (0..<header.layers).flatMap { step.load(ofLayer: $0, of: header.layers, experts: header.experts) })
    }
    func sum(_ part: ArraySlice<[Double]>) -> ExpertLoad {
      var values = Array(repeating: 0.0, count: header.layers * header.experts)
      for load in part { for place in load.indices { values[place] += load[place] } }
      return ExpertLoad(layers: header.layers, experts: header.experts, values: values)
    }
    let (past, future) = (sum(loads[..<(loads.count / 2)]), sum(loads[(loads.count / 2)...]))
    for (count, known) in hot {
      let shape = PlacementShape(
        layers: header.layers, experts: header.experts, ranks: 4, nodes: 4, groups: 1,
        slots: header.experts + (count * 3 + 3) / 4 * 4)
      #expect(CliquePlanner.hotExperts(shape) == count)
      let plan = try CliquePlanner(slotBudget: .total(shape.slots)).plan(PlanningContext(load: past, shape: shape))
      let shares = plan.layers.enumerated().map { layer, placement in
        let load = Array(future[layer])
        let everywhere = load.indices.filter { expert in
          Set(placement.slots(ofExpert: expert).map { placement.rank(ofSlot: $0) }).count == 4
        }
        #expect(everywhere.count == count)
        return everywhere.reduce(0) { $0 + load[$1] } / load.reduce(0, +)
      }
      let share = shares.reduce(0, +) / Double(shares.count)
      #expect(abs(share - known) < 0.0051, "\(count) experts")
    }
  }
}
