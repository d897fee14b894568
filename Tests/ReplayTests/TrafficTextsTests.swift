import Diagnostics
import PerformanceModel
import Replay
import RoutingTrace
import TestTraces
import Testing

/// What is observed of a replay is what was priced, in order.
@Suite struct TrafficTextsTests {
  static let trace = SmallTrace(steps: 12)

  /// A line for each layer of each step: where it is of, and what its two matrices cost when they are priced alone.
  static func lines(on cluster: Cluster, threads: Int) throws -> (lines: [String], result: ReplayResult) {
    let setting = try ReplaySetting(
      header: trace.header, cluster: cluster, model: Fixture.model(experts: 16, topK: 2, layers: 3))
    let texts = TrafficTexts(policies: ["static", "eplb"], layerNumbers: [0, 1, 2]) { traffic, step, layer in
      func price(_ bytes: [Double], isCombine: Bool) throws -> Double {
        try MatrixPrice(of: BytesMatrix(bytes, ranks: traffic.ranks), on: cluster, isCombine: isCombine).time
      }
      let dispatch = try price(traffic.dispatch, isCombine: false)
      let combine = try price(traffic.combine ?? [], isCombine: true)
      return "\(traffic.policy),\(step),\(layer),\(dispatch),\(combine)\n"
    }
    let job = ReplayJob(
      setting: setting.observed(by: [texts]), policies: [try Fixture.policy("eplb")], threads: threads)
    let shifted = StoredSteps(
      header: trace.header,
      steps: trace.steps.map { step in
        var step = step
        step.number = step.number * 10
        return step
      })
    let result = try job.run(on: texts.numbered(shifted)).result
    let lines = texts.take().split(separator: "\n").map(String.init)
    #expect(texts.take().isEmpty)
    return (lines, result)
  }

  static let clusters = [
    "", "copies: direct", "copies: mixed", "allToAll: fair-share\nfairShare: {topology: ports}",
    "allToAll: fair-share\nfairShare: {topology: full-mesh, linkBandwidth: 20 GB/s, latency: 2 us}", "allToAll: bound",
    """
    allToAll: round-robin
    roundRobin: {links: 2, linkBandwidth: 4 KB/ms, packetSize: 2 KB, packetPreparation: 1 us, maxPacketsPerTurn: 5,
                 nicRate: 10 MB, baseDelay: 2 us}
    """,
  ]

  static func cluster(_ extra: String) throws -> Cluster {
    let text = """
      name: test
      ranks: 4
      ranksPerNode: 2
      scaleUp: {dispatchBandwidth: 200 GB/s, combineBandwidth: 150 GB/s, dispatchLatency: 10 us, combineLatency: 8 us}
      scaleOut: {dispatchBandwidth: 50 GB/s, combineBandwidth: 40 GB/s, dispatchLatency: 25 us, combineLatency: 27 us}
      \(extra)
      """
    let allToAll = extra.contains("allToAll") ? "" : "\nallToAll: port"
    return try Cluster(settings: Settings(parsing: text + allToAll, name: "test.yaml"))
  }

  @Test("Matrices have the price that the replay has", arguments: clusters) func priced(extra: String) throws {
    let (lines, result) = try Self.lines(on: Self.cluster(extra), threads: 2)
    for policy in result.policies {
      let costs = lines.filter { $0.hasPrefix("\(policy.name),") }.map {
        $0.split(separator: ",").compactMap { Double($0) }
      }
      #expect(costs.count == 36)
      let (dispatch, combine) = costs.reduce((0, 0)) { ($0.0 + $1[2], $0.1 + $1[3]) }
      #expect(abs(dispatch / policy.time.dispatch - 1) < 1e-12)
      #expect(abs(combine / (policy.time.combine ?? 0) - 1) < 1e-12)
    }
  }

  @Test("They come in the order of steps, policies and layers, with the trace's numbers, on any number of threads")
  func order() throws {
    let cluster = try Self.cluster("")
    let lines = try Self.lines(on: cluster, threads: 1).lines
    let expected = (0..<12).flatMap { step in
      ["static", "eplb"].flatMap { policy in (0..<3).map { "\(policy),\(step * 10),\($0)" } }
    }
    #expect(lines.map { $0.split(separator: ",").prefix(3).joined(separator: ",") } == expected)
    #expect(try Self.lines(on: cluster, threads: 5).lines == lines)
  }

  @Test("Rounds are counted, and are nothing where there are none")
  func rounds() throws {
    let cluster = try Self.cluster(Self.clusters[6])
    let texts = Guarded(0)
    let setting = try ReplaySetting(
      header: Self.trace.header, cluster: cluster, model: Fixture.model(experts: 16, topK: 2, layers: 3))
    let model = try RoundRobinModel(cluster: cluster)
    let counting = TrafficTexts(policies: ["static"], layerNumbers: [0, 1, 2]) { traffic, _, _ in
      let dispatch = try model.schedule(bytes: traffic.dispatch, ranks: 4).rounds
      let combine = try model.schedule(bytes: traffic.combine ?? [], ranks: 4).rounds
      texts.withLock { $0 += dispatch + combine }
      return ""
    }
    let job = ReplayJob(setting: setting.observed(by: [counting]), policies: [])
    let result = try job.run(on: counting.numbered(Self.trace.source())).result
    #expect(result.policies[0].rounds == Double(texts.withLock { $0 }) && texts.withLock { $0 } > 72)
    #expect(try Self.lines(on: Self.cluster(""), threads: 1).result.policies[0].rounds == nil)
  }
}
