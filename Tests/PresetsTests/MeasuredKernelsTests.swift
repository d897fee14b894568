import ExpertReplay
import Foundation
import TestTraces
import Testing

/// The shipped kernels' figures and formulas against predictions of a second implementation, which fitted them; to what
/// rounding the figures to four digits leaves.
@Suite struct MeasuredKernelsTests {
  private static let rounding = 0.004

  private static func machine(_ lines: String) throws -> Machine {
    let folder = try TemporaryFolder()
    try folder.write("name: mine\nranks: 4\nranksPerNode: 4\n" + lines, to: "mine.yaml")
    return try Machine(named: folder.file("mine.yaml"))
  }

  struct ExpertCase: Decodable {
    var gpu: String
    var experts: String
    var format: String
    var hidden: Int
    var intermediate: Int
    var expertCount: Int
    var topK: Int
    var tokens: Double
    var loads: [Double]
    var microseconds: Double
  }

  struct OperationCase: Decodable {
    var gpu: String
    var kernels: String
    var operation: String
    var ranks: Int
    var ranksPerNode: Int
    var hidden: Int
    var experts: Int
    var topK: Int
    var tokensPerRank: Double
    var gate: Gate
    var type: String
    var microseconds: Double
  }

  private static func cases<Case: Decodable>(_ name: String) throws -> [Case] {
    let url = try #require(Bundle.module.url(forResource: "Golden/\(name)", withExtension: "json"))
    return try JSONDecoder().decode([Case].self, from: Data(contentsOf: url))
  }

  private static func model(hidden: Int, intermediate: Int, experts: Int, topK: Int) -> ModelShape {
    ModelShape(
      name: "m", layers: 1, moeLayers: 1, experts: experts, topK: topK, hidden: hidden,
      expertIntermediate: intermediate,
      weights: .fp8, payload: Payload(dispatchBytes: 1, combineBytes: 1))
  }

  @Test("Expert kernels take what the fit says")
  func experts() throws {
    let cases: [ExpertCase] = try Self.cases("expert-kernels")
    #expect(cases.count == 40)
    for golden in cases {
      let cluster = try Self.machine(
        "gpu: \(golden.gpu)\nkernels: deepep-normal\nexperts: \(golden.experts)\n".replacing(
          "kernels: deepep-normal", with: golden.gpu == "a100" ? "kernels: nccl" : "kernels: deepep-normal")
      ).prefill
      var model = Self.model(
        hidden: golden.hidden, intermediate: golden.intermediate, experts: golden.expertCount, topK: golden.topK)
      model.expertFormat = ExpertFormat(rawValue: golden.format)
      let compute = try #require(try cluster.expertCompute(of: model))
      let time = compute.rankCost(
        slotTokens: golden.loads.span, tokensPerRank: 0, tokens: golden.tokens, isDecode: false
      ).time
      #expect(abs(time / golden.microseconds - 1) < Self.rounding, "\(golden.gpu) \(golden.experts) \(golden.format)")
    }
  }

  @Test("All-to-All kernels take what the fit says")
  func operations() throws {
    let cases: [OperationCase] = try Self.cases("all-to-all-kernels")
    #expect(cases.count == 24)
    for golden in cases {
      let links = golden.ranks > golden.ranksPerNode ? "links: cx7\n" : ""
      let cluster = try Self.machine("gpu: \(golden.gpu)\nkernels: \(golden.kernels)\n" + links).prefill
      var machine = cluster
      machine.ranksPerNode = min(golden.ranks, golden.ranksPerNode)
      machine.ranks = golden.ranks
      var model = Self.model(hidden: golden.hidden, intermediate: 1, experts: golden.experts, topK: golden.topK)
      model.sent = SentTypes(dispatch: try #require(DataType(rawValue: golden.type)), combine: .bf16)
      let traffic = GateExpectation(experts: golden.experts, topK: golden.topK, gate: golden.gate)
        .traffic(ranks: machine.ranks, ranksPerNode: machine.ranksPerNode, tokensPerRank: golden.tokensPerRank)
      let cost = try machine.makeAllToAll().price(traffic, payload: machine.payload(of: model))
      let time = golden.operation == "dispatch" ? cost.dispatch : cost.combine
      #expect(
        abs(time / golden.microseconds - 1) < Self.rounding,
        "\(golden.gpu) \(golden.kernels) \(golden.operation) \(golden.ranks) ranks")
    }
  }
}

extension Gate: Decodable {}
