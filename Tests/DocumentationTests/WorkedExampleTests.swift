import CommandRunner
import Diagnostics
import Foundation
import LoadBalancing
import PerformanceModel
import Reporting
import RoutingTrace
import TestTraces
import Testing
import TraceImport

/// The examples that the documents work through do what the documents say.
@Suite struct WorkedExampleTests {
  @Test func `an order drawn with a seed is the same everywhere`() {
    #expect(drawnOrder() == [0, 4, 7, 9, 3, 8, 5, 1, 2, 6])
  }

  @Test func `cards are dealt by descending load`() throws {
    let load = ExpertLoad(layers: 1, experts: 6, values: [5, 1, 9, 3, 7, 2])
    let shape = PlacementShape(layers: 1, experts: 6, ranks: 2, nodes: 1, groups: 1, slots: 6)
    let settings = try Settings(parsing: "kind: deal", name: "deal.yaml")
    let planner = try Registrations.planners.named("deal")(settings) { throw InputError("no plan is read", in: $0) }
    let plan = try planner.plan(PlanningContext(load: load, shape: shape))
    #expect(plan.layers[0].physicalToLogical == [2, 0, 5, 4, 3, 1])
  }

  @Test func `a log of one expert a line is a step`() throws {
    let scratch = try Scratch()
    let source = try Registrations.imports[0].open([scratch.file("switch.log", "3\n0\n2\n")], options: ImportOptions())
    let steps = try source.steps(batching: nil)
    #expect(steps.header.experts == 8)
    #expect(try all(steps).map(\.experts) == [[3, 0, 2]])
  }

  @Test func `a line that is no expert id is named`() throws {
    let scratch = try Scratch()
    let path = try scratch.file("switch.log", "3\nx\n")
    let error = #expect(throws: InputError.self) { try Registrations.imports[0].open([path], options: ImportOptions()) }
    #expect(error?.place.line == 2)
  }

  @Test(arguments: [Copies.dedup, .direct, .mixed])
  func `a shared switch is never below the bound, and takes all bytes in turn`(copies: Copies) throws {
    let settings = try Settings(parsing: "bandwidth: 10 B/us\nlatency: 3 us", name: "switched.yaml")
    let parameters = try SharedSwitchParameters(settings: settings)
    let cluster = Cluster(
      name: "switched", ranks: 4, ranksPerNode: 2, copies: copies,
      scaleUp: Link(dispatchBandwidth: 100, combineBandwidth: 100),
      scaleOut: Link(dispatchBandwidth: 10, combineBandwidth: 20), sections: [parameters])
    var traffic = Traffic(ranks: 4, ranksPerNode: 2)
    for (from, to) in [(0, 1), (0, 2), (1, 3), (3, 3)] {
      traffic.visits[from * 4 + to] += 1
      traffic.rankCopies[from * 4 + to] += 1
      traffic.nodeCopies[from * 2 + to / 2] += 1
    }
    let payload = Payload(dispatchBytes: 100, combineBytes: 200)
    let cost = try Registrations.models.named("shared-switch")(cluster).price(traffic, payload: payload)
    let bound = try BoundModel(cluster: cluster).price(traffic, payload: payload)
    #expect(cost.dispatch >= bound.dispatch && cost.combine >= bound.combine)
    #expect(cost.dispatch == 3 + (cost.scaleUpBytes + cost.scaleOutBytes) / 10)
  }

  @Test func `figures are separated by tabs`() throws {
    let trace = SmallTrace()
    let report = ReplayReport(try Fixture.replay(trace, []))
    let rows = try report.text(as: .tsv).split(separator: "\n").map { $0.split(separator: "\t").count }
    #expect(rows.count == 2 && rows[0] > 20)
  }
}
