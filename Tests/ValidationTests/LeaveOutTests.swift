import Diagnostics
import PerformanceModel
import Testing
import Validation

@Suite struct LeaveOutTests {
  private static let kernels = """
    name: node
    ranks: 8
    ranksPerNode: 8
    allToAll: none
    gpu: {memory: 80 GB, hbm: 3.35 TB/s, bf16: 989 TFLOP/s, fp8: 1978 TFLOP/s}
    experts:
      fp8: {launch: 25 us, hbm: 0.86, math: 0.8}
      bf16: {launch: 22 us, hbm: 0.87, math: 0.9}
    """
  private static let front = """
    kind: experts
    cluster: c
    phase: decode
    topk: 8
    distribution: uniform
    ignored: [shape]
    split: 1024
    """
  private static let columns = "dtype,shape,ranks,hidden,intermediate,experts,tokens,us,fitted"

  private static func cluster(launch: Int = 25) throws -> Cluster {
    let text = kernels.replacing("25 us", with: "\(launch) us")
    return try Cluster(settings: Settings(parsing: text, name: "node.yaml"))
  }

  /// Rows that a machine itself predicts, but for those of one shape, which take longer by a factor.
  private static func rows(on cluster: Cluster, slower: String = "", factor: Double = 1) throws -> String {
    let lines = ["fp8", "bf16"].flatMap { dtype in
      [("a", 2048, 768, 128), ("b", 7168, 2048, 256), ("c", 4096, 1536, 64)].flatMap {
        shape, hidden, intermediate, experts in
        [(1, 64), (8, 512), (1, 4096), (8, 32_768)].map { ranks, tokens in
          (shape, "\(dtype),\(shape),\(ranks),\(hidden),\(intermediate),\(experts),\(tokens)")
        }
      }
    }
    let blank = ([columns] + lines.map { "\($0.1),1,yes" }).joined(separator: "\n") + "\n"
    let predictions = try ValidatedTable(of: Shipped.table(front, blank, cluster: cluster)).predictions
    let rows = zip(lines, predictions).map { line, prediction in
      "\(line.1),\(prediction.predicted * (line.0 == slower ? factor : 1)),yes"
    }
    // One that takes twice its time, and says so.
    let suspect = "fp8,a,1,2048,768,128,4096,\(predictions[2].predicted * 2),suspect"
    return ([columns] + rows + [suspect]).joined(separator: "\n") + "\n"
  }

  private static func validated(_ rows: String, leaving: [String], by: [String] = []) throws -> ValidatedTable {
    try ValidatedTable(of: Shipped.table(front, rows, cluster: cluster()), by: by, leaving: leaving)
  }

  @Test("Rows that the form makes are predicted by fits that have not seen them, whatever the machine's figures are")
  func exact() throws {
    let validation = try Self.validated(Self.rows(on: Self.cluster(launch: 40)), leaving: ["shape"])
    #expect(validation.predictions.count == 25)
    #expect(validation.predictions.filter { $0.row.use == .leftOut }.count == 24)
    #expect(validation.predictions.filter { $0.row.use == .leftOut }.allSatisfy { abs($0.error) < 1e-4 })
    let suspect = try #require(validation.predictions.first { $0.row.use == .suspect })
    #expect(abs(suspect.error + 0.5) < 1e-4)
    #expect(validation.summaries.map(\.label) == ["fitted rows", "rows not fitted", "suspect rows"])
    #expect(validation.summaries.map(\.rows) == [24, 24, 1])
  }

  @Test("A shape that is unlike the others is told by the error of its own fold, which a fit to all rows hides")
  func unlike() throws {
    let rows = try Self.rows(on: Self.cluster(), slower: "b", factor: 1.5)
    let validation = try Self.validated(rows, leaving: ["shape"], by: ["shape", "dtype"])
    func mean(_ label: String) throws -> Double {
      try #require(validation.summaries.first { $0.label == label }).mean
    }
    // Its own rows tell it nothing: it is predicted a third too fast.
    #expect(abs(try mean("shape b, dtype fp8, rows not fitted") - 1 / 3.0) < 1e-3)
    #expect(try mean("shape b, dtype fp8, fitted rows") < 0.25)
    #expect(
      validation.summaries.suffix(3).map(\.label) == ["all, fitted rows", "all, rows not fitted", "all, suspect rows"])
    let all = try #require(validation.summaries.dropLast().last)
    let errors = validation.predictions.filter { $0.row.use == .leftOut }.compactMap(\.logError)
    let rms = (errors.reduce(0) { $0 + $1 * $1 } / Double(errors.count)).squareRoot()
    #expect(abs((all.rms ?? 0) - rms) < 1e-12 && rms > 0.1)
  }

  @Test("Formats are fitted apart, so that what is wrong with one is no error of the other")
  func formats() throws {
    let rows =
      try Self.rows(on: Self.cluster()).split(separator: "\n").map { line in
        guard line.hasPrefix("bf16,b"), let comma = line.lastIndex(of: ",") else { return String(line) }
        let start = line[..<comma].lastIndex(of: ",") ?? comma
        return "\(line[...start])\((Double(line[line.index(after: start)..<comma]) ?? 1) * 3),yes"
      }.joined(separator: "\n") + "\n"
    let validation = try Self.validated(rows, leaving: ["shape"], by: ["dtype"])
    let left = validation.summaries.filter { $0.label.hasSuffix("rows not fitted") }
    #expect(left[0].label == "dtype bf16, rows not fitted" && left[0].mean > 0.3)
    #expect(left[1].label == "dtype fp8, rows not fitted" && left[1].mean < 1e-3)
  }

  @Test("Combinations are left out together, and what no other row tells is said, not predicted")
  func notPredicted() throws {
    let rows = try Self.rows(on: Self.cluster())
    let combined = try Self.validated(rows, leaving: ["shape", "tokens"])
    #expect(combined.predictions.count == 25 && combined.leaveOut?.columns == ["shape", "tokens"])
    let one = try Self.validated(rows, leaving: ["phase"])
    #expect(
      one.leaveOut?.notPredicted
        == ["node, bf16: all rows are of phase decode", "node, fp8: all rows are of phase decode"])
    #expect(one.predictions.map(\.row.use) == [.suspect])
    let error = #expect(throws: InputError.self) { try Self.validated(rows, leaving: ["shap"]) }
    #expect(error?.description == "t.csv: no column 'shap' to tell rows apart by; did you mean 'shape'?")
    #expect(error?.status == .usage)
  }

  @Test("A figure that only the rows left out tell is not lent to them")
  func lost() throws {
    var cluster = Shipped.node
    cluster.scaleUp?.dispatchLatency = Latency(
      points: [.init(ranks: 8, microseconds: 13), .init(ranks: 16, microseconds: 20)])
    let lines = [8, 16, 32].flatMap { ranks in [1, 64, 512, 4096].map { "\(ranks),\($0)" } }
    let front = "kind: all-to-all\ncluster: c\nmodel: m"
    let blank = "ranks,tokens,dispatch_us\n" + lines.map { "\($0),1\n" }.joined()
    let times = try ValidatedTable(of: Shipped.table(front, blank, cluster: cluster)).predictions.map(\.predicted)
    let rows = "ranks,tokens,dispatch_us\n" + zip(lines, times).map { "\($0),\($1)\n" }.joined()
    let validation = try ValidatedTable(of: Shipped.table(front, rows, cluster: cluster), leaving: ["ranks"])
    // Rows of 16 and 32 ranks tell the latency of 16, each without the other; no other row tells that of 8.
    #expect(Set(validation.predictions.map(\.row.ranks)) == [16, 32])
    let lost = "test: ranks 8: 4 rows depend on scaleUp.dispatchLatency of 8 ranks"
    #expect(validation.leaveOut?.notPredicted == [lost])
  }

  @Test("Errors are told apart by the table's split")
  func split() throws {
    let table = try Shipped.table(Self.front, Self.rows(on: Self.cluster()), cluster: Self.cluster())
    let summaries = try ValidatedTable(of: table, by: ["dtype", "split"]).summaries
    #expect(
      summaries.map(\.label) == [
        "dtype bf16, tokens < 1024, fitted rows", "dtype bf16, tokens ≥ 1024, fitted rows",
        "dtype fp8, tokens < 1024, fitted rows", "dtype fp8, tokens ≥ 1024, fitted rows",
        "dtype fp8, tokens ≥ 1024, suspect rows",
      ])
    let none = try Shipped.table(
      Self.front.replacing("\nsplit: 1024", with: ""), Self.rows(on: Self.cluster()), cluster: Self.cluster())
    #expect(throws: InputError.self) { try ValidatedTable(of: none, by: ["split"]) }
  }
}
