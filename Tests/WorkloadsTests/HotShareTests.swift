import RoutingTrace
import TestTraces
import Testing
import Workloads

/// The document's hot experts, and what they come to when a token's experts have to differ.
@Suite struct HotShareTests {
  /// Successive draws of hot and cold, the weights of what was drawn left out: the expected part of hot visits.
  static func expected(experts: Int, topK: Int, hot: Int, weight: Double) -> Double {
    let (hotWeight, coldWeight) = (weight / Double(hot), (1 - weight) / Double(experts - hot))
    var chances = [0: 1.0]
    var visits = 0.0
    for draw in 0..<topK {
      var next: [Int: Double] = [:]
      for (drawn, chance) in chances {
        let left = Double(hot - drawn) * hotWeight
        let toHot = left / (left + Double(experts - hot - draw + drawn) * coldWeight)
        visits += chance * toHot
        next[drawn + 1, default: 0] += chance * toHot
        next[drawn, default: 0] += chance * (1 - toHot)
      }
      chances = next
    }
    return visits / Double(topK)
  }

  static func share(experts: Int, topK: Int, ratio: Double, weight: String, content: String = "tokens") throws -> Double
  {
    let text = """
      name: test
      experts: \(experts)
      topK: \(topK)
      layers: 2
      steps: 20
      tokensPerStep: 4096
      content: \(content)
      popularity: {kind: hot-cold, hotRatio: \(ratio), \(weight)}
      """
    let workload = try Workload(parsing: text, name: "test.yaml")
    var share = try #require(HotShare(of: workload))
    #expect(share.experts == Int(ratio * Double(experts)))
    for step in try all(WorkloadGenerator(workload)) { share.count(step) }
    return try #require(share.value)
  }

  @Test(arguments: [
    (128, 8, 0.5, 0.8, 0.796), (128, 8, 0.3, 0.8, 0.786), (128, 8, 0.1, 0.8, 0.750), (4, 2, 0.5, 0.8, 0.755),
  ])
  func `hot experts get the document's share of visits`(
    experts: Int, topK: Int, ratio: Double, weight: Double, document: Double
  ) throws {
    let share = try Self.share(experts: experts, topK: topK, ratio: ratio, weight: "hotWeight: \(weight)")
    let hot = Int(ratio * Double(experts))
    #expect(abs(share - Self.expected(experts: experts, topK: topK, hot: hot, weight: weight)) < 0.002)
    // The document drew 1024 tokens.
    #expect(abs(share - document) < 0.004)
  }

  @Test func `times as popular gives what the same weights give together`() throws {
    // Weights 4 and 1 on halves of the experts are 0.8 and 0.2 together.
    let together = try Self.share(experts: 128, topK: 8, ratio: 0.5, weight: "hotWeight: 0.8")
    let times = try Self.share(experts: 128, topK: 8, ratio: 0.5, weight: "hotTimes: 4")
    #expect(abs(together - times) < 0.002)
  }

  @Test(arguments: [("hotWeight: 1", 1.0), ("hotWeight: 0", 0.0)])
  func `all or nothing goes to hot experts where all or none of the weight is theirs`(weight: String, share: Double)
    throws
  {
    #expect(try Self.share(experts: 64, topK: 8, ratio: 0.5, weight: weight) == share)
  }

  @Test func `a ratio of 1 is even`() throws {
    let text = """
      name: test
      experts: 16
      topK: 4
      layers: 1
      steps: 10
      tokensPerStep: 4096
      popularity: {kind: hot-cold, hotRatio: 1, hotWeight: 0.3}
      """
    var load = [Double](repeating: 0, count: 16)
    for step in try all(WorkloadGenerator(Workload(parsing: text, name: "test.yaml"))) {
      for expert in step.experts { load[Int(expert)] += 1 }
    }
    #expect(load.allSatisfy { abs($0 / 10_240 - 1) < 0.05 })
  }

  @Test func `counts have the share of the tokens that they were counted from`() throws {
    let tokens = try Self.share(experts: 32, topK: 4, ratio: 0.25, weight: "hotWeight: 0.6")
    let counts = try Self.share(experts: 32, topK: 4, ratio: 0.25, weight: "hotWeight: 0.6", content: "counts")
    #expect(tokens == counts)
  }

  @Test(arguments: ["{kind: uniform}", "{kind: zipf, exponent: 1}"])
  func `there is none where no expert is hot, or the hot ones move`(popularity: String) throws {
    #expect(HotShare(of: try WorkloadTests.workload(popularity)) == nil)
    let moving = try WorkloadTests.workload(
      "{kind: hot-cold, hotRatio: 0.5, hotWeight: 0.8}", extra: "time: {kind: redraw, every: 1}")
    #expect(HotShare(of: moving) == nil)
  }
}
