import Diagnostics
import PerformanceModel
import Testing

@Suite struct PriceUncertaintyTests {
  private static func cluster(_ uncertainty: String) throws -> Cluster {
    try ClusterTests.cluster(ClusterTests.text + "\nuncertainty: \(uncertainty)")
  }

  @Test("Errors are read by kernel and part, and what is absent was held against no measurement")
  func reads() throws {
    let known = try Self.cluster(
      "{communication: {fixed: 0.08, rate: 0.05, measured: {ranks: 8..32, hidden: 7168}}, experts: {rate: 0}}"
    ).uncertainty
    #expect(
      known.communication
        == PriceError(fixed: 0.08, rate: 0.05, measured: MeasuredRanges([.ranks: 8...32, .hidden: 7168...7168])))
    #expect(known.communication.isValidated)
    #expect(known.experts == PriceError(fixed: nil, rate: 0) && !known.experts.isValidated)
    #expect(try ClusterTests.cluster().uncertainty == .notValidated)
  }

  @Test(
    "A cluster file is written as it was read",
    arguments: [
      "{communication: {fixed: 0.08, rate: 0.05, measured: {ranks: 8..32, tokens: 1..4096, hidden: 7168}}}",
      "{communication: {measured: {topK: 8}}, experts: {fixed: 0.125}}", "{experts: {fixed: 0, rate: 0}}",
    ])
  func isWritten(text: String) throws {
    let cluster = try Self.cluster(text)
    let written = ClusterFile(cluster, comments: []).text
    #expect(written.contains("\nuncertainty: \(text)\n"))
    #expect(try ClusterTests.cluster(written) == cluster)
    #expect(try !ClusterFile(ClusterTests.cluster(), comments: []).text.contains("uncertainty"))
  }

  @Test(
    "What is wrong is named with its line",
    arguments: [
      ("{comunication: {}}", "uncertainty.comunication: unknown key; did you mean 'communication'?"),
      ("{experts: {fixed: -0.1}}", "uncertainty.experts.fixed: -0.1 is outside 0.0…3.0"),
      ("{experts: {rate: 8 %}}", "uncertainty.experts.rate: '8 %' is not a number"),
      ("{experts: {measured: {rank: 8}}}", "uncertainty.experts.measured.rank: unknown key; did you mean 'ranks'?"),
      (
        "{experts: {measured: {ranks: 32..8}}}",
        "uncertainty.experts.measured.ranks: '32..8', expected a range such as 8..32, or one number"
      ),
      (
        "{experts: {measured: {ranks: 8..}}}",
        "uncertainty.experts.measured.ranks: '8..', expected a range such as 8..32, or one number"
      ),
    ])
  func isRefused(text: String, message: String) {
    let error = #expect(throws: InputError.self) { try Self.cluster(text) }
    #expect(error?.description == "c.yaml: line 10: \(message)")
  }

  @Test("Sizes beyond what was measured are told, each with both ranges")
  func exceeds() {
    let measured = MeasuredRanges([.ranks: 8...32, .tokens: 1...4096, .hidden: 7168...7168])
    func told(_ used: [MeasuredSize: ClosedRange<Int>]) -> [MeasuredSize] { measured.exceeded(by: used).map(\.size) }
    #expect(told([.ranks: 8...32, .tokens: 1...4096, .hidden: 7168...7168, .topK: 2...2]).isEmpty)
    #expect(told([.ranks: 64...64, .tokens: 16...5000, .hidden: 7168...7168]) == [.ranks, .tokens])
    #expect(told([.ranks: 4...4, .hidden: 4096...4096]) == [.ranks, .hidden])
  }

  /// Traffic of 4 ranks on two nodes, of which rank 0 sends most.
  private static let traffic = GateExpectation(experts: 8, topK: 2, gate: .uniform)
    .traffic(ranks: 4, ranksPerNode: 2, tokensPerRank: 300)
  private static let payload = Payload(dispatchBytes: 1000, combineBytes: 2000)

  @Test(
    "Links of half the bandwidth double what is not fixed of a price, for ports and for flows", arguments: [0.0, 90])
  func linkParts(floor: Double) throws {
    var cluster = Cluster(
      name: "c", ranks: 4, ranksPerNode: 2,
      scaleUp: Link(dispatchBandwidth: 9000, combineBandwidth: 8000, dispatchLatency: 3, combineLatency: 2),
      scaleOut: Link(dispatchBandwidth: 2000, combineBandwidth: 1500, dispatchLatency: 7, combineLatency: 11),
      overhead: OperationOverhead(dispatch: 5, combine: 13))
    cluster.sections[FairShareParameters.self] = try FairShareParameters(
      settings: Settings(parsing: "topology: ports", name: "c.yaml"))
    cluster.scaleOut?.dispatchFloor = floor
    for model in ["port", "fair-share"] {
      let cost = try cluster.priced(by: model).makeAllToAll().price(Self.traffic, payload: Self.payload)
      let slow = try cluster.leaving(0.5).priced(by: model).makeAllToAll().price(Self.traffic, payload: Self.payload)
      let (before, after) = (cost.dispatch + cost.combine, slow.dispatch + slow.combine)
      #expect(cost.fixed == (model == "port" ? 7 + 11 + 5 + 13 : 7 + 11) && slow.fixed == cost.fixed)
      #expect(abs((after - slow.fixed) - 2 * (before - cost.fixed)) < 1e-9 * after)
    }
  }

  @Test("Below its floor, a price is fixed")
  func floorIsFixed() throws {
    var link = Link(dispatchBandwidth: 9000, combineBandwidth: 9000, dispatchLatency: 3, combineLatency: 2)
    link.dispatchFloor = 5000
    let cluster = Cluster(name: "c", ranks: 4, ranksPerNode: 4, scaleUp: link)
    let traffic = GateExpectation(experts: 8, topK: 2, gate: .uniform)
      .traffic(ranks: 4, ranksPerNode: 4, tokensPerRank: 300)
    let cost = try cluster.makeAllToAll().price(traffic, payload: Self.payload)
    #expect(cost.dispatch == 5000 && cost.fixed == 5000 + 2)
  }

  @Test("Half the memory bandwidth and arithmetic double what is not fixed of the experts", arguments: [true, false])
  func expertParts(isDecode: Bool) {
    let model = ModelShape(
      name: "m", layers: 1, moeLayers: 1, experts: 4, topK: 2, hidden: 1024, expertIntermediate: 512, weights: .bf16,
      payload: Self.payload)
    func cost(speed: Double, prefillFloor: Double = 0) -> ExpertCost {
      let gpu = GPU(
        memory: 80e9, hbm: 3.35e6 * speed, bf16: 989e6 * speed, launch: 6, decodeLaunch: 10,
        prefillFloor: prefillFloor)
      return ExpertCompute(gpu: gpu, model: model).layerCost(
        slotTokens: [300.0, 20, 5, 0].span, slotsPerRank: 2, tokensPerRank: 40, isDecode: isDecode)
    }
    let (full, half) = (cost(speed: 1), cost(speed: 0.5))
    #expect(full.fixed == (isDecode ? 10 : 6) && half.fixed == full.fixed)
    #expect(abs((half.time - half.fixed) - 2 * (full.time - full.fixed)) < 1e-9)
    let floored = cost(speed: 1, prefillFloor: 889)
    #expect(floored.fixed == (isDecode ? 10 : 889))
    #expect(isDecode || floored.time == 889)
  }

  @Test("The packet model's times are a document's, and no others")
  func definitions() throws {
    let packets = try ClusterTests.cluster(ClusterTests.text + "\n" + ClusterSectionTests.packets)
    for name in AllToAllModels.registry.names where name != "fair-share" {
      let isDefinition = ["round-robin", "closed-form", "none"].contains(name)
      #expect(try packets.priced(by: name).makeAllToAll().isDefinition == isDefinition, "\(name)")
    }
    let document = try Shipped.cluster("moe-comms")
    for name in ["round-robin", "closed-form", "bound"] {
      #expect(try document.priced(by: name).makeAllToAll().isDefinition)
    }
  }
}
