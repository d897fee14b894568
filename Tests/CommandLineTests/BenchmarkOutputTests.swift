import CommandRunner
import Foundation
import PythonRunner
import TestTraces
import Testing

/// The readers in `validation/measure` make tables of what benchmarks print, and `validate --fit` machines of these.
///
/// The outputs in `Benchmarks/` are made up, in the benchmarks' forms: times of other figures than any machine that ships
/// has, off by up to 2 %.
@Suite(.enabled(if: Python.has("pass"), "needs python3")) struct BenchmarkOutputTests {
  struct Benchmark: Sendable {
    var reader: String
    var log: String
    var machine: [String]
    var options: [String] = []
    var rows: Int
    /// What the fit has to find, at least.
    var figures: [String]
  }

  static let benchmarks = [
    Benchmark(
      reader: "nccl_tests", log: "nccl-tests", machine: ["gpu=h200", "kernel=nccl"], rows: 20,
      figures: ["scaleUp.dispatchBandwidth", "scaleUp.small.latency", "scaleUp.small.bandwidth"]),
    Benchmark(
      reader: "deepep", log: "deepep-low-latency", machine: ["gpu=h100", "kernel=deepep-low-latency"], rows: 12,
      figures: ["scaleUp.combineBandwidth", "work.dispatch.expertLatency", "work.dispatch.tokenTime"]),
    Benchmark(
      reader: "deepep", log: "deepep-intranode", machine: ["gpu=h100", "kernel=deepep-normal"], rows: 15,
      figures: ["work.dispatch.copyTime", "work.combine.tokenTime", "work.combine.hiddenLatency"]),
    Benchmark(
      reader: "grouped_gemm", log: "vllm-benchmark-moe", machine: ["cluster=h100-ib-low-latency"],
      options: "--dtype bf16 --hidden 4096 --intermediate 14336 --experts 8 --topk 2".split(separator: " ").map(
        String.init),
      rows: 13, figures: ["gpu.efficiency.hbm", "gpu.efficiency.math"]),
  ]

  private static let folder = Tool.root.appendingPathComponent("Tests/CommandLineTests/Benchmarks")

  private static func read(
    _ reader: String, _ log: String, on machine: [String], _ options: [String] = [], to table: String
  ) throws -> Int32 {
    let script = Tool.root.appendingPathComponent("validation/measure/\(reader).py").path
    let on = machine.flatMap { ["--on", $0] }
    return try Python.run([script, log, "--source", "made up", "-o", table] + on + options).status
  }

  @Test(arguments: benchmarks) func `a benchmark's output becomes a table, and that a cluster file`(
    benchmark: Benchmark
  ) throws {
    let scratch = try Scratch()
    let table = scratch.folder.appendingPathComponent("mine.csv").path
    let cluster = scratch.folder.appendingPathComponent("mine.yaml").path
    let log = Self.folder.appendingPathComponent("\(benchmark.log).log").path
    #expect(try Self.read(benchmark.reader, log, on: benchmark.machine, benchmark.options, to: table) == 0)
    let text = try String(contentsOfFile: table, encoding: .utf8)
    #expect(text.split(separator: "\n").count { !$0.hasPrefix("#") } == benchmark.rows + 1)
    let fit = try Tool.run(["validate", table, "--fit", "-o", cluster])
    #expect(fit.status == 0, "\(fit.errors)")
    let file = try String(contentsOfFile: cluster, encoding: .utf8)
    let told = try #require(file.split(separator: "\n").first { $0.hasPrefix("# Standard errors") })
    for figure in benchmark.figures { #expect(told.contains("\(figure) ±"), "\(figure)") }
    #expect(file.contains("-fitted-to-mine\n"))
    // The new machine predicts the rows to the noise that is in them.
    #expect(try Self.read(benchmark.reader, log, on: ["cluster=\(cluster)"], benchmark.options, to: table) == 0)
    let errors = try Tool.run(["validate", table, "--format", "json"])
    #expect(errors.status == 0, "\(errors.errors)")
    struct Table: Decodable {
      struct Row: Decodable { var error: Double }
      var rows: [Row]
    }
    let rows = try JSONDecoder().decode([Table].self, from: Data(errors.output.utf8))[0].rows
    #expect(rows.count >= benchmark.rows && rows.allSatisfy { abs($0.error) < 0.05 })
  }

  @Test func `DeepGEMM's output becomes a table of expert kernels`() throws {
    let scratch = try Scratch()
    let table = scratch.folder.appendingPathComponent("mine.csv").path
    let log = Self.folder.appendingPathComponent("deepgemm.log").path
    let machine = ["gpu=h100", "expert_kernels=trtllm"]
    #expect(try Self.read("grouped_gemm", log, on: machine, ["--dtype", "fp8_block"], to: table) == 0)
    let held = try Tool.run(["validate", table, "--format", "csv"])
    #expect(held.status == 0, "\(held.errors)")
    #expect(held.output.split(separator: "\n").count == 12)
  }

  @Test func `DeepEP between nodes has groups, without notify, and times of rates where none is printed`() throws {
    let scratch = try Scratch()
    let table = scratch.folder.appendingPathComponent("mine.csv").path
    let log = Self.folder.appendingPathComponent("deepep-internode.log").path
    #expect(try Self.read("deepep", log, on: ["cluster=h800-ib"], to: table) == 0)
    let text = try String(contentsOfFile: table, encoding: .utf8)
    #expect(
      text.hasSuffix(
        """
        # kind: all-to-all
        # gate: limited
        # dispatch: {dtype: fp8, scaleBlock: 128}
        # combine: {dtype: bf16}
        ranks,hidden,experts,topk,groups,groups_per_token,tokens,dispatch_us,combine_us
        32,7168,256,8,4,4,4096,1893,3702
        64,7168,256,8,8,4,4096,2154.47,4261.93

        """), "\(text)")
    // The published rates of 64 ranks, and h800-ib within 2 %.
    let outcome = try Tool.run(["validate", table, "--by", "ranks", "--format", "summary"])
    #expect(outcome.status == 0 && outcome.output.contains("ranks 64, rows not fitted"), "\(outcome.errors)")
  }

  @Test func `output that does not fit what is said of it is refused with its line`() throws {
    let scratch = try Scratch()
    let table = scratch.folder.appendingPathComponent("mine.csv").path
    func refused(_ reader: String, _ log: String, _ lines: String, _ options: [String] = []) throws -> Bool {
      let path = try scratch.file(log, lines)
      return try Self.read(reader, path, on: ["cluster=h100-ib"], options, to: table) == 1
        && !FileManager.default.fileExists(atPath: table)
    }
    let rates =
      "[rank 0] Dispatch bandwidth: 38.50 GB/s, avg_t=195.12 us | Combine bandwidth: 39.60 GB/s, avg_t=366.10 us\n"
    #expect(try refused("deepep", "a.log", rates), "nothing says how many tokens")
    // 128 tokens to 8 experts are 1,024 choices of hidden 7168, not of 4096.
    #expect(try refused("deepep", "b.log", "# tokens=128 hidden=4096 experts=256 topk=8 ranks=1\n" + rates))
    #expect(try !refused("deepep", "c.log", "# tokens=128 hidden=7168 experts=256 topk=8 ranks=1\n" + rates))
    try? FileManager.default.removeItem(atPath: table)
    let line =
      "     1048576         65536      half    none      -1    40.12   26.14   22.87      0    39.84   26.32   23.03\n"
    let ranks = (0..<8).map { "#  Rank \($0) Group  0 Pid 1 on n device 0 [0x07] NVIDIA H100\n" }
    #expect(try refused("nccl_tests", "d.log", line), "no rank")
    #expect(try refused("nccl_tests", "e.log", ranks[..<4].joined() + line), "a bus bandwidth of 8 ranks")
    #expect(try !refused("nccl_tests", "f.log", ranks.joined() + line))
    try? FileManager.default.removeItem(atPath: table)
    #expect(
      try refused("grouped_gemm", "g.log", "Batch size: 4, config: {}\nKernel time: 9.00 us\n", ["--dtype", "fp8"]))
    #expect(try refused("grouped_gemm", "h.log", "no line of a benchmark\n", ["--dtype", "fp8"]))
  }
}
