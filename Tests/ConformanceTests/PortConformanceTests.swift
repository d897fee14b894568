import PerformanceModel
import Testing

extension PortCase.Level {
  fileprivate var link: Link {
    Link(
      dispatchBandwidth: bandwidth * 1e3, combineBandwidth: bandwidth * 1e3, dispatchLatency: dispatchLatency,
      combineLatency: combineLatency)
  }
}

/// The case by the rules as they are written, without the product's dispatch.
extension PortCase {
  /// The rank of each visit of one layer, `[tokens][topK]`, by the rules as they are written.
  fileprivate func destinations(step: Step, layer: Int) -> [[Int]] {
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

  fileprivate func traffic(sources: [Int], destinations: [[Int]]) -> Traffic {
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
