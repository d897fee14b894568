import Diagnostics
import RoutingTrace
import Testing

@Suite struct WorkloadTests {
  static func workload(_ popularity: String, extra: String = "") throws -> Workload {
    try Workload(
      parsing: """
        name: test
        experts: 64
        topK: 8
        layers: 3
        steps: 4
        tokensPerStep: 512
        popularity: \(popularity)
        \(extra)
        """, name: "test.yaml")
  }

  @Test func `the same seed gives the same steps, another gives others`() throws {
    var workload = try Self.workload("{kind: hot-cold, hotRatio: 0.1, hotWeight: 4}", extra: "gateWeights: true")
    let first = try all(WorkloadGenerator(workload))
    #expect(try all(WorkloadGenerator(workload)) == first)
    workload.seed = 1
    #expect(try all(WorkloadGenerator(workload)) != first)
  }

  @Test(arguments: ["{kind: uniform}", "{kind: hot-cold, hotRatio: 0.05, hotWeight: 1000000}"])
  func `steps are valid, however steep the popularity`(popularity: String) throws {
    let workload = try Self.workload(popularity)
    let folder = try TemporaryFolder()
    let steps = try all(WorkloadGenerator(workload))
    try Sample.write(steps, workload.header, to: folder.file("a.moetrace"))
    #expect(try Sample.read(folder.file("a.moetrace")) == steps)
  }

  @Test func `hot experts get the share that drawing without replacement gives`() throws {
    // Top-1 draws: 6 hot experts of weight 4 among 58 of weight 1 take 24 / 82 of the tokens.
    let text = """
      name: test
      experts: 64
      topK: 1
      layers: 1
      steps: 100
      tokensPerStep: 1000
      popularity: {kind: hot-cold, hotRatio: 0.1, hotWeight: 4}
      """
    var load = [Int](repeating: 0, count: 64)
    for step in try all(WorkloadGenerator(try Workload(parsing: text, name: "test.yaml"))) {
      for expert in step.experts { load[Int(expert)] += 1 }
    }
    let hot = load.sorted(by: >).prefix(6)
    let expected = 100_000.0 * 4 / 82
    #expect(hot.allSatisfy { abs(Double($0) - expected) < 5 * expected.squareRoot() })
  }

  @Test(arguments: [
    ("{kind: hot-code, hotRatio: 0.1, hotWeight: 4}", "", "did you mean 'hot-cold'"),
    ("{kind: hot-cold, hotRatio: 2, hotWeight: 4}", "", "outside"),
    ("{kind: hot-cold, hotWeight: 4}", "", "hotRatio: missing"),
    ("{kind: uniform, hotWeight: 4}", "", "unknown key"),
    ("{kind: uniform}", "tokenPerStep: 3", "did you mean 'tokensPerStep'"),
  ])
  func `a mistake in the file is named`(popularity: String, extra: String, message: String) {
    let error = #expect(throws: InputError.self) { try Self.workload(popularity, extra: extra) }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
    #expect(error?.subject == "test.yaml")
  }
}
