import ExpertReplay
import Foundation
import TestTraces
import Testing

/// How far off prices of experts may be, as kernels' files say, is how far off rows left out of a fit are.
@Suite struct ExpertWidthTests {
  struct Case: Sendable {
    var table: String
    /// Columns left out, and whose values name a kernel's figures.
    var leaving: String
    var kernels: String
    var isDecode = false
    var formats: [ExpertFormat]
  }

  /// Formats of one shape go by ranks. One is in no table that can be split: mxfp4-mxfp8 on B200.
  static let cases = [
    Case(
      table: "expert-kernels-balanced", leaving: "shape", kernels: "trtllm-whole-batch",
      formats: [.bf16, .fp8, .fp8Block, .nvfp4]),
    Case(
      table: "expert-kernels-balanced", leaving: "ranks", kernels: "trtllm-whole-batch", formats: [.w4a16, .w4a8]),
    Case(table: "expert-kernels-min-latency", leaving: "shape", kernels: "trtllm-min-latency", formats: [.nvfp4]),
    Case(table: "expert-kernels-sglang", leaving: "ranks", kernels: "sglang-prefill", formats: [.fp8Block]),
    Case(
      table: "expert-kernels-sglang", leaving: "ranks", kernels: "sglang-decode", isDecode: true, formats: [.fp8Block]),
    Case(table: "expert-kernels-eplb", leaving: "ranks", kernels: "trtllm", formats: [.fp8Block, .nvfp4]),
  ]

  @Test(arguments: cases) func `widths are those of rows left out`(example: Case) throws {
    let (path, text) = try PresetCatalog.validation.load(example.table)
    let table = try MeasurementTable(
      csv: text, name: path, machine: { try Machine($0) }, model: ModelShape.init(named:))
    let left = try ValidatedTable(of: table, leaving: [example.leaving]).predictions
      .filter { $0.row.use == .leftOut && $0.row.slots == $0.row.experts }
    var count = 0
    for (index, machine) in table.machines.enumerated() where machine.parts?.experts == example.kernels {
      for format in example.formats {
        guard let kernel = machine.experts?.byFormat[format] else { continue }
        let errors = left.filter { $0.row.machine == index && $0.row.model.expertFormat == format }
          .compactMap(\.logError)
        guard !errors.isEmpty else { continue }
        count += 1
        let rms = (errors.reduce(0) { $0 + $1 * $1 } / Double(errors.count)).squareRoot()
        #expect(
          kernel.error.fixed == kernel.error.rate && isNear(kernel.error.rate, rms),
          "\(machine.name) \(format.rawValue): \(rms) over \(errors.count) rows")
      }
    }
    #expect(count > 0)
  }

  /// To a tenth, or to two decimals.
  private func isNear(_ stated: Double?, _ measured: Double) -> Bool {
    guard let stated else { return false }
    return abs(stated / measured - 1) <= 0.1 || abs(stated - measured) <= 0.005
  }
}
