import Diagnostics
import PerformanceModel
import Randomness
import Testing
import Validation

/// Fits of what kernels do besides sending, and of measured expert kernels.
@Suite struct PartFitTests {
  private static let kernels = """
    name: node
    ranks: 8
    ranksPerNode: 8
    allToAll: port
    copies: direct
    formats: {fp8: {scaleBlock: 128}, bf16: {}}
    scaleUp: {dispatchBandwidth: 250 GB/s, combineBandwidth: 220 GB/s, dispatchLatency: 8 us, combineLatency: 10 us}
    work:
      dispatch: {expertLatency: 16 ns, tokenTime: 18 ns, blocks: 128}
      combine: {expertLatency: 6 ns, copyBandwidth: 3000 GB/s, blocks: 128}
    gpu: {memory: 80 GB, hbm: 3.35 TB/s, bf16: 989 TFLOP/s, fp8: 1978 TFLOP/s}
    experts:
      fp8: {launch: 25 us, hbm: 0.86, math: 0.8, visit: 9 ns, tokenTraffic: 1.4, sort: 6 us, uncertainty: {fixed: 0.1}}
      bf16: {launch: 22 us, hbm: 0.87, math: 0.9, visit: 8 ns}
    uncertainty: {communication: {fixed: 0.05, rate: 0.05}}
    """

  private static func cluster(_ replaced: [(String, String)] = []) throws -> Cluster {
    let text = replaced.reduce(kernels) { $0.replacing($1.0, with: $1.1) }
    return try Cluster(settings: Settings(parsing: text, name: "node.yaml"))
  }

  private static let allToAll = """
    kind: all-to-all
    cluster: c
    dispatch: {dtype: fp8}
    combine: {dtype: bf16}
    hidden: 4096
    """
  private static let sends = [8, 64, 256].flatMap { experts in
    [1, 16, 128, 1024].map { "8,\(experts),2,\($0)" }
  }
  private static let experts = "kind: experts\ncluster: c\nphase: decode\ntopk: 8\ndistribution: uniform"
  private static let computes = ["fp8", "bf16"].flatMap { dtype in
    [(2048, 768, 128), (7168, 2048, 256), (4096, 1536, 64)].flatMap { hidden, intermediate, experts in
      [(1, 64), (8, 512), (1, 4096), (8, 32_768), (4, 128), (2, 16_384)].map { ranks, tokens in
        "\(dtype),\(ranks),\(hidden),\(intermediate),\(experts),\(tokens)"
      }
    }
  }

  /// Rows that a machine itself predicts.
  private static func rows(
    _ front: String, _ columns: String, _ lines: [String], on cluster: Cluster
  ) throws -> String {
    let isWide = columns.contains("dispatch_us")
    let blank = ([columns] + lines.map { $0 + (isWide ? ",1,1" : ",1") }).joined(separator: "\n") + "\n"
    let predictions = try ValidatedTable(of: Shipped.table(front, blank, cluster: cluster)).predictions
    let times = Dictionary(grouping: predictions, by: \.row.line).sorted { $0.key < $1.key }
      .map { $1.map { "\($0.predicted)" }.joined(separator: ",") }
    return ([columns] + zip(lines, times).map { "\($0),\($1)" }).joined(separator: "\n") + "\n"
  }

  @Test("Figures of the work beside sending are found again from others, and the written file predicts the rows")
  func work() throws {
    let columns = "ranks,experts,topk,tokens,dispatch_us,combine_us"
    let truth = try Self.cluster([
      ("16 ns", "24 ns"), ("18 ns", "30 ns"), ("3000 GB/s", "2000 GB/s"), ("8 us", "12 us"),
    ])
    let rows = try Self.rows(Self.allToAll, columns, Self.sends, on: truth)
    let fit = try MachineFit(table: Shipped.table(Self.allToAll, rows, cluster: Self.cluster()))
    let found = Dictionary(uniqueKeysWithValues: fit.estimates.map { ($0.name, $0.value) })
    for (name, value) in [
      ("work.dispatch.expertLatency", 0.024), ("work.dispatch.tokenTime", 0.03), ("scaleUp.dispatchLatency", 12),
      ("work.combine.expertLatency", 0.006), ("work.combine.copyBandwidth", 2e6), ("scaleUp.combineBandwidth", 2.2e5),
    ] { #expect(abs((found[name] ?? 0) / value - 1) < 1e-4, "\(name) \(found[name] ?? 0)") }
    let read = try Cluster(settings: Settings(parsing: fit.file.text, name: "f.yaml"))
    #expect(read.name == "node-fitted-to-t")
    #expect(read.uncertainty == .notValidated)
    let again = try ValidatedTable(of: Shipped.table(Self.allToAll, rows, cluster: read)).predictions
    #expect(again.allSatisfy { abs($0.error) < 1e-4 })
  }

  @Test("Figures of expert kernels are found for the formats that rows have, and left alone for others")
  func kernelFigures() throws {
    let columns = "dtype,ranks,hidden,intermediate,experts,tokens,us"
    let truth = try Self.cluster([
      ("25 us", "40 us"), ("hbm: 0.86, math: 0.8", "hbm: 0.7, math: 0.6"), ("visit: 9 ns", "visit: 5 ns"),
      ("tokenTraffic: 1.4, sort: 6 us", "tokenTraffic: 2.5, sort: 9 us"),
    ])
    let lines = Self.computes.filter { $0.hasPrefix("fp8,") }
    let rows = try Self.rows(Self.experts, columns, lines, on: truth)
    let fit = try MachineFit(table: Shipped.table(Self.experts, rows, cluster: Self.cluster()))
    #expect(fit.untold == [])
    #expect(
      fit.estimates.map(\.name)
        == ["launch", "hbm", "math", "visit", "tokenTraffic", "sort"].map { "experts.fp8.\($0)" })
    for (estimate, value) in zip(fit.estimates, [40, 0.7, 0.6, 0.005, 2.5, 9]) {
      #expect(abs(estimate.value / value - 1) < 1e-3, "\(estimate.name)")
    }
    let read = try Cluster(settings: Settings(parsing: fit.file.text, name: "f.yaml"))
    #expect(try read.experts?.byFormat[.bf16] == Self.cluster().experts?.byFormat[.bf16])
    #expect(read.experts?.byFormat[.fp8]?.error == .notValidated)
  }

  @Test("A figure beyond its limit stays at it, and the others are fitted beside it")
  func limit() throws {
    let columns = "dtype,ranks,hidden,intermediate,experts,tokens,us"
    var truth = try Self.cluster()
    // Peaks that are a third more than the fitted machine knows of.
    truth.gpu?.bf16 *= 4 / 3
    let lines = Self.computes.filter { $0.hasPrefix("bf16,") }
    let rows = try Self.rows(Self.experts, columns, lines, on: truth)
    let fit = try MachineFit(table: Shipped.table(Self.experts, rows, cluster: Self.cluster()))
    let math = try #require(fit.estimates.first { $0.name == "experts.bf16.math" })
    #expect(math.value == 1 && math.standardError == nil)
    #expect(fit.file.text.contains("experts.bf16.math at its limit"))
    #expect(fit.estimates.filter { $0.name != math.name }.allSatisfy { ($0.standardError ?? 1) < 0.3 })
  }
}
