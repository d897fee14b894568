import Testing
import Validation

/// The tables in `validation/`, on the clusters and models that they name.
@Suite struct ShippedTableTests {
  @Test(
    "The mean error on published measurements stays within its limit",
    arguments: [
      ("h800-deepep-normal", "all", 0.06), ("h800-deepep-normal", "rows not fitted", 0.10),
      ("h100-deepep-low-latency", "tokens ≥ 16", 0.04), ("h100-deepep-low-latency", "tokens < 16", 0.15),
      ("h100-deepep-low-latency", "rows not fitted", 0.04), ("gb200-nvlink-one-sided", "tokens ≥ 64", 0.06),
      ("h100-moe-layer-compute", "prefill", 0.12), ("h100-moe-layer-compute", "decode", 0.12),
      ("h100-moe-layer-compute", "rows not fitted", 0.12), ("h100-deepep-normal", "all", 0.10),
      ("gb200-nvlink-two-sided", "fitted rows", 0.03), ("gb200-nvlink-two-sided", "rows not fitted", 0.10),
    ])
  func errors(table: String, rows: String, limit: Double) throws {
    let validation = try Shipped.validated(table)
    let summary = try #require(validation.summaries.first { $0.label == rows })
    #expect(summary.rows > 0)
    #expect(summary.mean <= limit)
  }

  /// ServerlessLLM's loads of whole models; the first is the 1.111 s that its scheduler's formula gives for 12 GB/s.
  @Test("Loads from disks and from host memory are within 17 % of what was measured")
  func loads() throws {
    let predictions = try Shipped.validated("expert-loads").predictions
    #expect(abs(predictions[0].predicted / 1.111e6 - 1) < 0.003)
    #expect(predictions.count == 6 && predictions.allSatisfy { abs($0.error) < 0.17 })
  }

  /// From one expert of a small model to several of a large one, by a line through every other size.
  @Test("Experts of an H100 come from its host's memory within 14 % of what was measured")
  func hostLoads() throws {
    let predictions = try Shipped.validated("h100-host-loads").predictions
    #expect(predictions.count == 14 && predictions.allSatisfy { abs($0.error) < 0.14 })
    let mean = predictions.map { abs($0.error) }.reduce(0, +) / 14
    #expect(mean < 0.06)
  }

  @Test(
    "Rows of the largest group are predicted from the smaller ones",
    arguments: [
      ("h100-deepep-low-latency", 0.08), ("gb200-nvlink-one-sided", 0.08),
      ("gb200-nvlink-two-sided", 0.04),
    ])
  func leftOut(table: String, limit: Double) throws {
    let summary = try #require(try Shipped.validated(table).leftOut.last)
    #expect(summary.label.hasPrefix("ranks 32"))
    #expect(summary.mean <= limit)
  }
}
