import Diagnostics
import Inspection
import RoutingTrace
import TestTraces
import Testing

@Suite struct TraceInspectionTests {
  @Test func `skewness is the largest over the mean load`() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(
      """
      {"format":"moe-routing-trace","version":1,"layers":2,"experts":4,"content":"counts","layerNumbers":[3,5]}
      {"step":0,"layer":0,"counts":[4,0,0,0]}
      {"step":0,"layer":1,"counts":[1,1,1,1]}
      {"step":1,"layer":0,"counts":[2,2,0,0]}
      {"step":1,"layer":1,"counts":[1,1,1,1]}
      """, to: "t.jsonl")
    let inspection = try TraceInspection(try TraceReader(path: path))
    #expect(inspection.perLayer.map(\.layer) == [3, 5])
    #expect(inspection.perLayer.map(\.skewness) == [3, 1])
    #expect(inspection.perLayer.map(\.unusedExperts) == [2, 0])
    #expect((inspection.skewness.mean, inspection.skewness.max) == (2, 3))
    #expect(abs((inspection.perLayer[0].halvesCorrelation ?? 0) - 1 / 3.0.squareRoot()) < 1e-12)
    #expect(inspection.perLayer[1].halvesCorrelation == nil)
    #expect(inspection.perLayer[1].entropy == 1)
    #expect(inspection.perLayer.map(\.gini) == [0.625, 0])
    #expect(inspection.perLayer[0].load == [6, 2, 0, 0])
    #expect(inspection.drift.map(\.lag) == [1])
    #expect(inspection.overlap == nil)
    #expect(inspection.trace.steps == 2)
    // Without a top-k nobody knows how many tokens paid the visits.
    #expect(inspection.trace.tokens == nil && inspection.trace.tokensPerStep == nil)
    #expect(inspection.trace.visits == 8)
    let visits = try #require(inspection.trace.visitsPerStep)
    #expect((visits.min, visits.mean, visits.max) == (4, 4, 4))
  }

  @Test func `tokens of counts are visits over the top-k, of the trace or of its model`() throws {
    let folder = try TemporaryFolder()
    func inspection(_ topK: String, of model: RoutedModel? = nil) throws -> TraceInspection {
      let path = try folder.write(
        """
        {"format":"moe-routing-trace","version":1,"layers":1,"experts":4,\(topK)"content":"counts"}
        {"step":0,"layer":0,"phase":"prefill","counts":[4,4,0,0]}
        {"step":1,"layer":0,"phase":"decode","counts":[2,2,0,0]}
        """, to: "t.jsonl")
      let reader = try TraceReader(path: path)
      guard let model else { return try TraceInspection(reader) }
      return try TraceInspection(try ModelledSteps(reader, of: model)) { reader.digest }
    }
    let model = RoutedModel(name: "m", layers: 1, moeLayers: 1, moeLayerNumbers: [0], experts: 4, topK: 2)
    for inspection in [try inspection("\"topK\":2,"), try inspection("", of: model)] {
      #expect((inspection.trace.tokens, inspection.trace.visits) == (6, nil))
      #expect(inspection.phases?.parts.map(\.tokens) == [4, 2])
    }
    let visits = try inspection("")
    #expect((visits.trace.tokens, visits.trace.visits) == (nil, 12))
    #expect(visits.phases?.parts.map(\.visits) == [8, 4] && visits.phases?.parts.map(\.tokens) == [nil, nil])
  }

  @Test func `what the steps carry beside their routing is counted`() throws {
    let header = Sample.header()
    let folder = try TemporaryFolder()
    var steps = Sample.steps(header, count: 3)
    steps[1].tokenIDs = nil
    for index in steps.indices { steps[index].weights = nil }
    try Sample.write(steps, header, to: folder.file("a.moetrace"))
    let carries = try TraceInspection(try TraceReader(path: folder.file("a.moetrace"))).trace.carries
    #expect((carries.tokenIDs, carries.sequences, carries.weights, carries.sources, carries.phase) == (2, 3, nil, 3, 3))
  }

  @Test func `the load does not depend on how many steps are merged`() throws {
    let header = Sample.header()
    let folder = try TemporaryFolder()
    let steps = Sample.steps(header, count: 300)
    try Sample.write(steps, header, to: folder.file("a.moetrace"))
    var load = [Double](repeating: 0, count: 16)
    for step in steps { for expert in step.experts[..<15] { load[Int(expert)] += 1 } }
    let inspection = try TraceInspection(try TraceReader(path: folder.file("a.moetrace")))
    #expect(abs(inspection.perLayer[0].skewness - (load.max() ?? 0) * 16 / 4500) < 1e-12)
  }

  /// Each token of one layer of eight experts chooses a pair.
  static func pairLift(_ pairs: [(Int, Int)]) throws -> Double? {
    let folder = try TemporaryFolder()
    let tokens = pairs.map { "[\($0.0),\($0.1)]" }.joined(separator: ",")
    let path = try folder.write(
      """
      {"format":"moe-routing-trace","version":1,"layers":1,"experts":8,"topK":2,"content":"tokens"}
      {"step":0,"layer":0,"experts":[\(tokens)]}
      """, to: "t.jsonl")
    let inspection = try TraceInspection(try TraceReader(path: path))
    #expect(inspection.perLayer[0].pairLift == inspection.pairLift?.max)
    return inspection.pairLift?.mean
  }

  @Test func `pairs that are always together are lifted by their number, sampling taken off`() throws {
    // Four pairs of equal load among the 28 that eight experts have: 28 / 4 = 7 times; 20 degrees of freedom.
    let pairs = (0..<4000).map { (2 * ($0 % 4), 2 * ($0 % 4) + 1) }
    let lift = try #require(try Self.pairLift(pairs))
    #expect(abs(lift - (7 - 20.0 / 4000)) < 1e-6)
  }

  @Test func `pairs by their experts' weights alone are not lifted`() throws {
    // Expert e has weight e + 1, and each pair is there as often as the product says.
    var pairs: [(Int, Int)] = []
    for a in 0..<8 { for b in 0..<a { pairs += Array(repeating: (a, b), count: (a + 1) * (b + 1)) } }
    let lift = try #require(try Self.pairLift(pairs))
    #expect(abs(lift - (1 - 20 / Double(pairs.count))) < 1e-6)
  }

  @Test func `prefill and decode are told apart`() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(
      """
      {"format":"moe-routing-trace","version":1,"layers":1,"experts":4,"topK":2,"content":"tokens"}
      {"step":0,"layer":0,"phase":"prefill","experts":[[0,1],[1,0],[1,2]]}
      {"step":1,"layer":0,"phase":"decode","experts":[[2,3]]}
      {"step":2,"layer":0,"phase":"decode","experts":[[2,1]]}
      """, to: "t.jsonl")
    let phases = try #require(try TraceInspection(try TraceReader(path: path)).phases)
    #expect(phases.parts.map(\.phase) == [.prefill, .decode])
    #expect(phases.parts.map(\.steps) == [1, 2])
    #expect(phases.parts.map(\.tokens) == [3, 2])
    // Loads 2 3 1 0 and 0 1 2 1.
    #expect(phases.parts.map(\.skewness.mean) == [2, 2])
    #expect(abs((phases.loadCorrelation ?? 0) - -1 / 10.0.squareRoot()) < 1e-12)
    let single = try folder.write(
      """
      {"format":"moe-routing-trace","version":1,"layers":1,"experts":4,"topK":2,"content":"tokens"}
      {"step":0,"layer":0,"phase":"prefill","experts":[[0,1],[1,0],[1,2]]}
      """, to: "s.jsonl")
    #expect(try TraceInspection(try TraceReader(path: single)).phases == nil)
  }

  @Test func `tokens are compared with their predecessors in the sequence`() throws {
    let folder = try TemporaryFolder()
    // Sequence 7 goes 0 1 → 1 2 → 1 2, sequence 9 goes 4 5 → 6 7: shared 1, 2 and 0 of 2.
    let path = try folder.write(
      """
      {"format":"moe-routing-trace","version":1,"layers":1,"experts":8,"topK":2,"content":"tokens"}
      {"step":0,"layer":0,"experts":[[0,1],[1,2],[4,5]],"sequence":[7,7,9]}
      {"step":1,"layer":0,"experts":[[6,7],[1,2]],"sequence":[9,7]}
      """, to: "t.jsonl")
    let inspection = try TraceInspection(try TraceReader(path: path))
    #expect(inspection.overlap?.neighbour == 0.5)
    // On 4 ranks of two experts: 0 1 | 1 2 | 4 5 | 6 7 | 1 2 touch 1, 2, 1, 1, 2.
    #expect(inspection.ranks.first?.ranks == 4)
    #expect(inspection.ranks.first?.ranksPerToken == 1.4)
  }

  @Test func `nodes of a token are counted at the asked number of ranks, and held against the limit`() throws {
    let folder = try TemporaryFolder()
    // On 64 ranks of two experts the tokens are on 2, 3 and 3 ranks; on nodes of 32 ranks of one, on 1, 3 and 2.
    let path = try folder.write(
      """
      {"format":"moe-routing-trace","version":1,"layers":1,"experts":128,"topK":4,"content":"tokens"}
      {"step":0,"layer":0,"experts":[[0,1,2,3],[0,40,41,100],[127,1,126,2]]}
      """, to: "t.jsonl")
    let layout = RankLayout(ranksPerNode: 32, ranks: 128) { $0 == 4 ? 2 : nil }
    let ranks = try TraceInspection(try TraceReader(path: path), layout: layout).ranks
    #expect(ranks.map(\.ranks) == [4, 8, 16, 32, 64, 128])
    #expect(ranks.map(\.nodes) == [1, 1, 1, 1, 2, 4])
    #expect(ranks.map(\.mostNodesPerToken) == [1, 1, 1, 1, 2, 3])
    #expect(ranks.map(\.nodesPerTokenLimit) == [nil, nil, nil, nil, nil, 2])
    #expect(ranks.map(\.ranksPerToken)[4...] == [8.0 / 3, 4])
    #expect(ranks.map(\.nodesPerToken)[4...] == [5.0 / 3, 2])
    let unfilled = try TraceInspection(try TraceReader(path: path), layout: RankLayout(ranksPerNode: 12)).ranks
    #expect(unfilled.map(\.nodes) == [1, 1, nil, nil, nil])
    #expect(throws: InputError.self) {
      try TraceInspection(try TraceReader(path: path), layout: RankLayout(ranks: 12))
    }
  }
}
