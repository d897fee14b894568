import Diagnostics
import PerformanceModel
import Testing

/// A section that no registered model reads.
private struct Moat: ClusterSection {
  static let key = "moat"
  var width: Double
  var text: String { "{width: \(width)}" }
  func leaving(_ fraction: Double) -> Moat { Moat(width: width * fraction) }

  init(width: Double) { self.width = width }
  init(settings: Settings) throws(InputError) { width = try settings.number("width", in: 0...9) }
}

@Suite struct ClusterSectionTests {
  static let mesh = "fairShare: {topology: full-mesh, linkBandwidth: 50 GB/s}"
  static let packets = """
    roundRobin: {links: 2, linkBandwidth: 100 B/ms, packetSize: 20 B, packetPreparation: 1 ms, maxPacketsPerTurn: 5,
                 nicRate: 10000 B, baseDelay: 2 ms}
    """

  @Test("A section is read whichever model prices, and written as it was read", arguments: ["port", "round-robin"])
  func isRead(allToAll: String) throws {
    let text = ClusterTests.text.replacing("allToAll: port", with: "allToAll: \(allToAll)")
    let cluster = try ClusterTests.cluster(text + "\n\(Self.packets)\n\(Self.mesh)")
    #expect(cluster.roundRobin?.links == 2)
    #expect(cluster.fairShare?.topology == "full-mesh")
    #expect(try ClusterTests.cluster(ClusterFile(cluster, comments: []).text) == cluster)
    #expect(try cluster.resized(ranks: 8).sections == cluster.sections)
  }

  @Test("A misspelt section is named with the closest, and so is what is wrong within one")
  func isRefused() {
    let far = #expect(throws: InputError.self) { try ClusterTests.cluster(ClusterTests.text + "\nfairShear: {}") }
    #expect(far?.description == "c.yaml: line 10: fairShear: unknown key; did you mean 'fairShare'?")
    let within = #expect(throws: InputError.self) {
      try ClusterTests.cluster(ClusterTests.text + "\nfairShare: {topology: ports, collumns: 4}")
    }
    #expect(within?.description == "c.yaml: line 10: fairShare.collumns: unknown key; did you mean 'columns'?")
  }

  @Test("Clusters that differ in a section differ")
  func isCompared() {
    let bare = Cluster(name: "castle", ranks: 2, ranksPerNode: 2)
    var moated = bare
    moated.sections[Moat.self] = Moat(width: 3)
    #expect(moated != bare && bare != moated)
    #expect(moated == Cluster(name: "castle", ranks: 2, ranksPerNode: 2, sections: [Moat(width: 3)]))
    #expect(moated != Cluster(name: "castle", ranks: 2, ranksPerNode: 2, sections: [Moat(width: 4)]))
    moated.sections[Moat.self] = nil
    #expect(moated == bare)
  }
}
