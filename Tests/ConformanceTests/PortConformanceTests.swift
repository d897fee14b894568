import Foundation
import PerformanceModel
import Testing

/// `golden/port.json`: small traces with explicit placements and what an independent implementation makes of them.
private struct PortCase: Decodable {
  struct Level: Decodable {
    enum CodingKeys: String, CodingKey {
      case bandwidth = "GBs"
      case dispatchLatency = "dispatchLatencyUs"
      case combineLatency = "combineLatencyUs"
    }

    var bandwidth: Double
    var dispatchLatency: Double
    var combineLatency: Double
    var link: Link {
      Link(
        dispatchBandwidth: bandwidth * 1e3, combineBandwidth: bandwidth * 1e3, dispatchLatency: dispatchLatency,
        combineLatency: combineLatency)
    }
  }
  struct Step: Decodable {
    var source: [Int]
    var layers: [[[Int]]]
  }
  struct Expected: Decodable {
    var dispatchUs: Double
    var combineUs: Double
    var rankLoad: [[[Double]]]
    var dispatchScaleUpBytes: Double
    var dispatchScaleOutBytes: Double
  }

  var name: String
  var ranks: Int
  var ranksPerNode: Int
  var slotsPerRank: Int
  var hidden: Int
  var copies: String
  var dispatchRule: String
  var scaleUp: Level
  var scaleOut: Level
  var physicalToLogical: [[Int]]
  var steps: [Step]
  var expected: Expected

  static func all() throws -> [PortCase] {
    let shared =
      ProcessInfo.processInfo.environment["EXPERT_REPLAY_SHARED"]
      ?? URL(fileURLWithPath: #filePath).appendingPathComponent("../../../../shared").standardizedFileURL.path
    let data = try Data(contentsOf: URL(fileURLWithPath: "\(shared)/golden/port.json"))
    return try JSONDecoder().decode([PortCase].self, from: data)
  }

  /// The rank of each visit of one layer, `[tokens][topK]`, by the rules as they are written.
  func destinations(step: Step, layer: Int) -> [[Int]] {
    let placement = physicalToLogical[layer]
    var visits: [[Int]: Int] = [:]
    return zip(step.source, step.layers[layer]).map { source, experts in
      experts.map { expert in
        var candidates = placement.indices.filter { placement[$0] == expert }
        if dispatchRule == "nearest" {
          let onRank = candidates.filter { $0 / slotsPerRank == source }
          let onNode = candidates.filter { $0 / slotsPerRank / ranksPerNode == source / ranksPerNode }
          candidates = onRank.isEmpty ? (onNode.isEmpty ? candidates : onNode) : onRank
        }
        let visit = visits[[expert] + candidates, default: 0]
        visits[[expert] + candidates] = visit + 1
        return candidates[visit % candidates.count] / slotsPerRank
      }
    }
  }

  func traffic(sources: [Int], destinations: [[Int]]) -> Traffic {
    var traffic = Traffic(ranks: ranks, ranksPerNode: ranksPerNode)
    for (source, ranksOfToken) in zip(sources, destinations) {
      for rank in ranksOfToken { traffic.visits[source * ranks + rank] += 1 }
      for rank in Set(ranksOfToken) { traffic.rankCopies[source * ranks + rank] += 1 }
      for node in Set(ranksOfToken.map { $0 / ranksPerNode }) {
        traffic.nodeCopies[source * traffic.nodes + node] += 1
      }
    }
    return traffic
  }
}

@Suite struct PortConformanceTests {
  @Test("The port model gives the independent implementation's times and bytes")
  func equalsKnownAnswers() throws {
    let cases = try PortCase.all()
    #expect(cases.count == 16)
    for known in cases {
      let cluster = Cluster(
        name: known.name, ranks: known.ranks, ranksPerNode: known.ranksPerNode,
        copies: try #require(Copies(rawValue: known.copies)), scaleUp: known.scaleUp.link,
        scaleOut: known.scaleOut.link)
      let model = try PortModel(cluster: cluster)
      let hidden = Double(known.hidden)
      let payload = Payload(dispatchBytes: hidden * (1 + 4.0 / 128), combineBytes: hidden * 2)
      var sum = AllToAllCost()
      for step in known.steps {
        for layer in step.layers.indices {
          let destinations = known.destinations(step: step, layer: layer)
          let cost = model.price(known.traffic(sources: step.source, destinations: destinations), payload: payload)
          sum.dispatch += cost.dispatch
          sum.combine += cost.combine
          sum.scaleUpBytes += cost.scaleUpBytes
          sum.scaleOutBytes += cost.scaleOutBytes
        }
      }
      let expected = known.expected
      #expect(abs(sum.dispatch - expected.dispatchUs) <= 1e-9 * expected.dispatchUs, "\(known.name)")
      #expect(abs(sum.combine - expected.combineUs) <= 1e-9 * expected.combineUs, "\(known.name)")
      #expect(sum.scaleUpBytes == expected.dispatchScaleUpBytes, "\(known.name)")
      #expect(sum.scaleOutBytes == expected.dispatchScaleOutBytes, "\(known.name)")
    }
  }
}
