import Diagnostics
import PerformanceModel
import Testing
import Validation

@Suite struct KindTests {
  @Test("Rows say their own sizes, formats and machines, in columns or above the table")
  func richRows() throws {
    let front = """
      kind: all-to-all
      clusters: {h100: slow, gb200/one: fast, gb200: slow}
      combine: {dtype: bf16}
      topk: 4
      """
    let rows = """
      gpu,kernel,operation,dtype,ranks,hidden,experts,tokens,us
      h100,one,dispatch,fp8_block,8,4096,64,128,50
      gb200,one,dispatch,bfloat16,8,2048,128,128,50
      gb200,two,combine_low_precision,nvfp4,8,2048,128,128,50

      """
    var fast = Shipped.testCluster
    fast.name = "fast"
    fast.scaleUp?.dispatchBandwidth *= 2
    let lines = "source: s\n\(front)".split(separator: "\n").map { "# \($0)\n" }.joined()
    let table = try MeasurementTable(
      csv: lines + rows, name: "t", machine: { Machine($0.cluster == "fast" ? fast : Shipped.testCluster) },
      model: { _ in Shipped.testModel })
    #expect(table.machines.map(\.name) == ["test", "fast"])
    let validation = try ValidatedTable(of: table)
    func time(_ cluster: Cluster, experts: Int, dispatch: Double, combine: Double) throws -> AllToAllCost {
      let traffic = GateExpectation(experts: experts, topK: 4).traffic(ranks: 8, ranksPerNode: 8, tokensPerRank: 128)
      return try PortModel(cluster: cluster.resized(ranks: 8))
        .price(traffic, payload: Payload(dispatchBytes: dispatch, combineBytes: combine))
    }
    let slow = Shipped.testCluster
    #expect(
      try validation.predictions.map(\.predicted) == [
        time(slow, experts: 64, dispatch: 4096 + 128, combine: 8192).dispatch,
        time(fast, experts: 128, dispatch: 4096, combine: 4096).dispatch,
        time(slow, experts: 128, dispatch: 1152, combine: 1152).combine,
      ])
  }

  @Test("A layer's facts are taken as given: copies at the busiest port, and the hottest rank's experts")
  func layerByFacts() throws {
    let rows = """
      ranks,tokens,distribution,max_visits_received,max_visits_sent,hottest_rank_visits,hottest_rank_experts,\
      hottest_expert_visits,us
      8,64,power_law_1.2,900,400,1000,5,600,80

      """
    let table = try Shipped.table(
      "kind: layer\ncluster: c\nmodel: m\nphase: generation", rows, cluster: Shipped.node)
    let prediction = try #require(try ValidatedTable(of: table).predictions.first)
    let port = 900 * (7392 / 2e5 + 14336 / 1.5e5) + 13 + 9
    let slots = [600.0, 100, 100, 100, 100] + Array(repeating: 0, count: 27)
    let experts = ExpertCompute(gpu: Shipped.testGPU, model: Shipped.testModel)
      .rankCost(slotTokens: slots.span, tokensPerRank: 64, isDecode: true).time
    #expect(abs(prediction.predicted / (port + experts) - 1) < 1e-12)
    #expect(prediction.spread == nil)
  }

  private static let loads = "kind: load\nstorage: {a: {ssd: {bandwidth: 10 GB/s, latency: 2 us}}}"

  @Test("Loads are priced on a cluster's storage or the table's, those of a node's ranks together")
  func loads() throws {
    var cluster = Shipped.node
    cluster.storage = Storage([.host: StorageDevice(bandwidth: 1000), .remote: StorageDevice(bandwidth: 50)])
    let rows = """
      cluster,tier,bytes,ranks,microseconds
      a,ssd,1e6,1,100
      a,ssd,1e6,8,100
      b,host,1e6,8,100
      b,remote,1e6,2,100

      """
    let table = try Shipped.table(Self.loads, rows, cluster: cluster)
    #expect(table.machines.map(\.name) == ["a", "test"])
    #expect(try ValidatedTable(of: table).predictions.map(\.predicted) == [102, 802, 1000, 40_000])
  }

  @Test(
    "A machine without the tier says so",
    arguments: [("a,host", "a's storage has no host; it has ssd"), ("b,ssd", "test has no storage to load from")])
  func missingTier(cells: String, message: String) throws {
    let table = try Shipped.table(Self.loads, "cluster,tier,bytes,microseconds\n\(cells),1e6,100\n")
    let error = #expect(throws: InputError.self) { try ValidatedTable(of: table) }
    #expect(error?.description == "t.csv: line 5: \(message)")
  }

  @Test("A step is held against the end-to-end estimate at its context")
  func step() throws {
    var model = Shipped.testModel
    model.sharedExperts = 1
    model.denseIntermediate = 18432
    model.attention = try Shipped.model("deepseek-v3").attention
    let front = "kind: step\ncluster: c\nmodel: m\nphase: decode\ngate: perfect"
    func predicted(_ rows: String, context: Int?) throws -> [Double] {
      let table = try Shipped.table(front, rows, cluster: Shipped.node, model: model, context: context)
      return try ValidatedTable(of: table).predictions.map(\.predicted)
    }
    let times = try predicted("ranks,tokens,us\n8,64,900\n8,512,900\n", context: 4096)
    let cluster = try Shipped.node.resized(ranks: 8)
    let traffic = GateExpectation(experts: 256, topK: 8, gate: .perfect)
      .traffic(ranks: 8, ranksPerNode: 8, tokensPerRank: 8)
    let cost = try PortModel(cluster: cluster).price(traffic, payload: model.payload)
    let slots = Array(repeating: 2.0, count: 256)
    let experts = ExpertCompute(gpu: Shipped.testGPU, model: model)
      .layerTime(slotTokens: slots.span, slotsPerRank: 32, tokensPerRank: 8, isDecode: true)
    let moe = 58 * (cost.dispatch + cost.combine + experts)
    let serving = try ServingModel(cluster: cluster, model: model, context: 4096)
    let attention = 61 * serving.attentionTime(tokens: 8, isDecode: true)
    let dense = 3 * serving.denseTime(tokens: 8, isDecode: true)
    #expect(abs(times[0] / (moe + attention + dense) - 1) < 1e-12)
    #expect(times[1] > times[0])
    // A table's own context is heeded before the option.
    let own = try predicted("ranks,tokens,context,us\n8,64,65536,900\n", context: 4096)
    #expect(own[0] > times[0])
  }

  @Test("A stall is what the busiest port needs for an expert in every slot of every layer")
  func stall() throws {
    let front = "kind: stall\ncluster: c\nmodel: m"
    func predicted(_ rows: String) throws -> [Double] {
      try ValidatedTable(of: Shipped.table(front, rows, cluster: Shipped.node)).predictions.map(\.predicted)
    }
    let model = Shipped.testModel
    let node = try Shipped.node.resized(ranks: 8)
    let link = try #require(node.scaleUp)
    let bytes = Double(288 / 8 * model.moeLayers) * model.expertBytes
    let times = try predicted("ranks,slots,bandwidth,per_layer,us\n8,288,link,1us,1\n8,288,14GB/s,2ms,1\n")
    let latency = link.dispatchLatency.microseconds(ranks: 8)
    #expect(abs(times[0] / (latency + bytes / link.dispatchBandwidth + Double(model.moeLayers)) - 1) < 1e-12)
    #expect(abs(times[1] / (latency + bytes / 14e3 + 2e3 * Double(model.moeLayers)) - 1) < 1e-12)
  }

  @Test("A drawn load is a mean over draws with its spread, and a known one has none")
  func spread() throws {
    let rows = "ranks,tokens,distribution,us\n8,16384,uniform,80\n8,16384,balanced,80\n8,16384,power_law_1.2,80\n"
    let table = try Shipped.table(
      "kind: experts\ncluster: c\nmodel: m\nphase: decode\ndraws: 30", rows, cluster: Shipped.node)
    let predictions = try ValidatedTable(of: table).predictions
    #expect(predictions[0].predicted == predictions[1].predicted)
    #expect(predictions[0].spread == nil && predictions[1].spread == nil)
    #expect(predictions[2].predicted > predictions[0].predicted)
    let spread = try #require(predictions[2].spread)
    #expect(spread > 0 && spread < predictions[2].predicted)
  }

  @Test("Sent copies of a drawn load are the tokens on each rank, from every rank alike")
  func drawnTraffic() throws {
    let front = "kind: all-to-all\ncluster: c\nmodel: m"
    let table = try Shipped.table(front, "ranks,tokens,distribution,dispatch_us\n8,512,balanced,80\n")
    let prediction = try #require(try ValidatedTable(of: table).predictions.first)
    // Direct copies: 512 · 8 visits of a rank, an eighth of them its own.
    #expect(abs(prediction.predicted - (13 + 512 * 7 * 7392 / 2e5)) < 1e-9)
  }
}
