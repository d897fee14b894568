import Diagnostics
import Foundation
import PerformanceModel
import Testing
import Validation

@Suite struct ValidatedTableTests {
  static let front = """
    # source: made up
    # kind: all-to-all
    # cluster: test
    # model: test

    """

  static func cluster() -> Cluster { Shipped.testCluster }

  static func table(_ text: String, cluster: Cluster = cluster()) throws -> MeasurementTable {
    try MeasurementTable(
      csv: text, name: "t.csv", machine: { _ in Machine(cluster) }, model: { _ in Shipped.testModel })
  }

  /// Rows that a cluster itself predicts, for 8, 16 and 32 ranks.
  static func rows(of cluster: Cluster) throws -> String {
    let shape = Shipped.testModel
    var lines = ["ranks,tokens,dispatch_us,combine_us"]
    for ranks in [8, 16, 32] {
      let sized = try cluster.resized(ranks: ranks)
      for tokens in [1, 4, 16, 64, 256, 1024] {
        let traffic = GateExpectation(experts: shape.experts, topK: shape.topK)
          .traffic(ranks: ranks, ranksPerNode: sized.ranksPerNode, tokensPerRank: Double(tokens))
        let cost = try PortModel(cluster: sized).price(traffic, payload: shape.payload)
        lines.append("\(ranks),\(tokens),\(cost.dispatch),\(cost.combine)")
      }
    }
    return front + lines.joined(separator: "\n") + "\n"
  }

  @Test("A table that the cluster itself made has no error")
  func exact() throws {
    let validation = try ValidatedTable(of: Self.table(try Self.rows(of: Self.cluster())))
    #expect(validation.predictions.count == 36)
    #expect(validation.predictions.allSatisfy { abs($0.error) < 1e-12 })
    #expect(validation.leftOut.map(\.rows) == [12, 12], "8 ranks alone tell about scale-up")
  }

  @Test("The mean, the largest and the square error are of all rows, too low and too high alike")
  func errors() throws {
    let exact = try Self.rows(of: Self.cluster()).split(separator: "\n", omittingEmptySubsequences: false)
    // The first row, measured at four times the prediction: an error of −0.75.
    let first = exact.count - 19
    let cells = exact[first].split(separator: ",")
    let slow = [cells[0], cells[1]] + cells[2...].map { Substring(String(4 * (Double($0) ?? 0))) }
    var lines = exact
    lines[first] = slow.joined(separator: ",")[...]
    let validation = try ValidatedTable(of: Self.table(lines.joined(separator: "\n")))
    let all = try #require(validation.summaries.last)
    #expect(all.label == "all" && all.rows == 36)
    #expect(abs(all.maximum - 0.75) < 1e-9)
    #expect(abs(all.mean - 2 * 0.75 / 36) < 1e-9)
    let squares = all.rms.map { $0 * $0 } ?? 0
    #expect(abs(squares - 2 * log(4) * log(4) / 36) < 1e-9)
  }

  @Test("A fit finds the figures that made a table, latencies by size and floor among them")
  func fits() throws {
    var truth = Self.cluster()
    truth.scaleUp = Link(dispatchBandwidth: 3e5, combineBandwidth: 2e5, dispatchLatency: 11, combineLatency: 12)
    truth.scaleUp?.dispatchFloor = 20
    truth.scaleOut = Link(dispatchBandwidth: 5e4, combineBandwidth: 4e4)
    let points = [Latency.Point(ranks: 16, microseconds: 21), Latency.Point(ranks: 32, microseconds: 29)]
    truth.scaleOut?.dispatchLatency = Latency(points: points)
    let fit = try LinkFit(table: Self.table(try Self.rows(of: truth))).cluster
    let up = try #require(fit.scaleUp)
    let out = try #require(fit.scaleOut)
    #expect(abs(up.dispatchBandwidth / 3e5 - 1) < 1e-6)
    #expect(abs(up.combineBandwidth / 2e5 - 1) < 1e-6)
    #expect(abs(up.combineLatency.microseconds(ranks: 8) - 12) < 1e-6)
    #expect(abs(up.dispatchFloor - 20) < 1e-6)
    #expect(abs(out.dispatchBandwidth / 5e4 - 1) < 1e-6)
    #expect(abs(out.dispatchLatency.microseconds(ranks: 16) - 21) < 1e-6)
    #expect(abs(out.dispatchLatency.microseconds(ranks: 32) - 29) < 1e-6)
  }

  @Test(
    "What is wrong in a table is named with its line",
    arguments: [
      ("ranks,tokens\n8,1\n", "t.csv: line 5: no column of times: dispatch_us, combine_us or us"),
      ("ranks,token,dispatch_us\n8,1,5\n", "t.csv: line 5: unknown column 'token'; did you mean 'tokens'?"),
      ("ranks,tokens,dispatch_us\n8,1,0\n", "t.csv: line 6: dispatch_us '0' is not a number in 1e-06…1000000000000.0"),
      ("ranks,tokens,dispatch_us\n8,1\n", "t.csv: line 6: 2 columns, expected 3"),
      ("ranks,tokens,dispatch_us\n", "t.csv: no measurements"),
      ("ranks,tokens,dispatch_us,fitted\n8,1,5,maybe\n", "t.csv: line 6: fitted 'maybe', expected yes, no or suspect"),
    ])
  func refuses(rows: String, message: String) {
    let error = #expect(throws: InputError.self) { try Self.table(Self.front + rows) }
    #expect(error?.description == message)
  }

  @Test("Ranks that do not fill the cluster's nodes are named with the row's line")
  func refusesRanks() throws {
    let error = #expect(throws: InputError.self) { try Self.table(Self.front + "ranks,tokens,dispatch_us\n12,1,5\n") }
    #expect(error?.place.line == 6)
  }

  @Test(
    "What would overflow, or take the machine's memory, is named with the row's line",
    arguments: [
      ("4097,1,5", "ranks '4097' is not a whole number in 1…4096"),
      ("8,1000000001,5", "tokens '1000000001' is not a whole number in 1…1000000000"),
      ("8,1,5e-324", "dispatch_us '5e-324' is not a number in 1e-06…1000000000000.0"),
      ("8,1,1e308", "dispatch_us '1e308' is not a number in 1e-06…1000000000000.0"),
    ])
  func refusesWhatIsTooLarge(row: String, message: String) {
    let text = Self.front + "ranks,tokens,dispatch_us\n" + row + "\n"
    let error = #expect(throws: InputError.self) { try Self.table(text) }
    #expect(error?.description == "t.csv: line 6: " + message)
    let experts = Self.front + "ranks,tokens,experts,dispatch_us\n8,1,1000000000,5\n"
    #expect(throws: InputError.self) { try Self.table(experts) }
  }

  @Test("A fit finds the links wherever the table's cluster starts it", arguments: [1e2, 1e4, 1e6, 1e8])
  func fitsFromAnyStart(bandwidth: Double) throws {
    let truth = Self.cluster()
    let rows = try Self.rows(of: truth)
    var start = truth
    start.scaleOut = Link(dispatchBandwidth: bandwidth, combineBandwidth: bandwidth)
    let fit = try LinkFit(table: Self.table(rows, cluster: start))
    let (found, expected) = (try #require(fit.cluster.scaleOut), try #require(truth.scaleOut))
    #expect(abs(found.dispatchBandwidth / expected.dispatchBandwidth - 1) < 1e-6)
    #expect(abs(found.combineBandwidth / expected.combineBandwidth - 1) < 1e-6)
    #expect(fit.untold.isEmpty)
  }

  @Test("A fit says which figures no row told")
  func untoldFigures() throws {
    let rows = try Self.rows(of: Self.cluster()).split(separator: "\n")
    // Only 8 ranks, which are one node, and only dispatch.
    let lines = rows.filter { !$0.contains(",") || $0.hasPrefix("8,") || $0.hasPrefix("ranks") }
      .map { $0.contains(",") ? $0.split(separator: ",").dropLast().joined(separator: ",") : String($0) }
    let fit = try LinkFit(table: Self.table(lines.joined(separator: "\n") + "\n"))
    let untold = ["scaleUp.combine", "scaleOut.dispatch", "scaleOut.combine"].flatMap { figure in
      ["Bandwidth", "Latency", "Floor"].map { figure + $0 }
    }
    #expect(fit.untold == untold)
    #expect(fit.cluster.scaleOut == Self.cluster().scaleOut)
  }

  @Test("Expert rows are predicted from the whole group's tokens")
  func experts() throws {
    var cluster = Self.cluster()
    cluster.gpu = Shipped.testGPU
    let text = Self.front.replacing("all-to-all", with: "experts") + "phase,ranks,tokens,us\ndecode,8,256,100\n"
    let validation = try ValidatedTable(of: Self.table(text, cluster: cluster))
    let slots = Array(repeating: 8.0, count: 256)
    let expected = ExpertCompute(gpu: Shipped.testGPU, model: Shipped.testModel)
      .layerTime(slotTokens: slots.span, slotsPerRank: 32, tokensPerRank: 32, isDecode: true)
    #expect(validation.predictions.map(\.predicted) == [expected])
  }
}
