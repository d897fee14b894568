import Foundation
import Randomness
import Testing

@Suite struct DistributionTests {
  /// Logarithms, cosines and powers may differ between platforms in their last bit.
  private func isClose(_ drawn: [Double], _ expected: [Double]) -> Bool {
    drawn.count == expected.count && zip(drawn, expected).allSatisfy { abs($0 - $1) <= 1e-12 * max(1, abs($1)) }
  }

  private func moments(_ values: [Double]) -> (mean: Double, variance: Double) {
    let mean = values.reduce(0, +) / Double(values.count)
    return (mean, values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count))
  }

  @Test func `normal numbers are the same everywhere`() {
    var generator = SeededGenerator(seed: 9)
    let expected = [-0.0006730879146328512, -0.05785169393890144, -0.07905710865031931, -1.5150826202509537]
    #expect(isClose((0..<4).map { _ in generator.normal() }, expected))
  }

  @Test func `normal numbers have mean 0 and variance 1`() {
    var generator = SeededGenerator(seed: 1)
    let (mean, variance) = moments((0..<100_000).map { _ in generator.normal() })
    #expect(abs(mean) < 0.016 && abs(variance - 1) < 0.023)
  }

  @Test(
    arguments: [
      (0.3, [0.4218028465843223, 0.25785587577640384, 0.06352069320977803]),
      (1, [1.2949046020523645, 1.753001330341358, 2.2015505573106826]),
      (4.5, [5.531921339100479, 6.371759892379161, 7.122199650895302]),
    ] as [(Double, [Double])])
  func `gamma numbers are the same everywhere`(shape: Double, expected: [Double]) {
    var generator = SeededGenerator(seed: 11)
    #expect(isClose((0..<3).map { _ in generator.gamma(shape: shape) }, expected))
  }

  @Test(arguments: [0.3, 1, 4.5])
  func `gamma numbers have their shape as mean and variance`(shape: Double) {
    var generator = SeededGenerator(seed: 2)
    let (mean, variance) = moments((0..<100_000).map { _ in generator.gamma(shape: shape) })
    #expect(abs(mean / shape - 1) < 0.03 && abs(variance / shape - 1) < 0.08)
  }

  @Test(arguments: [
    [1], [0.1, 0.1, 0.6, 1], [0, 0, 1, 1, 1], [1e-300, 0.99, 1], (1...7).map { Double($0) / 7 },
    (1...1000).map { pow(Double($0) / 1000, 9) },
  ])
  func `an index is the first whose cumulative probability exceeds the draw`(cumulative: [Double]) {
    var (generator, unit) = (SeededGenerator(seed: 9), SeededGenerator(seed: 9))
    let table = CumulativeTable(cumulative)
    for _ in 0..<5000 {
      let position = unit.unit()
      #expect(table.draw(&generator) == cumulative.firstIndex { $0 > position })
    }
  }

  @Test func `an index is the last where rounding left the sum below the draw`() {
    var generator = SeededGenerator(seed: 9)
    #expect((0..<50).allSatisfy { _ in CumulativeTable([0.001, 0.002]).draw(&generator) < 2 })
  }

  /// All of the bits that a table can tell apart, in even steps.
  @Test(arguments: [[1], [1, 1, 1], [0, 3, 1], [5, 0, 0, 1, 2], [1e-9, 1, 1e3]] as [[Double]])
  func `an alias table gives every outcome its share`(weights: [Double]) {
    let table = AliasTable.packed(weights)
    var counts = Array(repeating: 0.0, count: weights.count)
    let (columns, thresholds) = (UInt64(weights.count), UInt64(4096))
    for column in 0..<columns {
      for threshold in 0..<thresholds {
        let bits = ((column << 32) / columns + 1) << 32 | threshold << 20
        counts[AliasTable.outcome(table.span, bits)] += 1
      }
    }
    let total = weights.reduce(0, +)
    for (count, weight) in zip(counts, weights) {
      #expect(abs(count / Double(columns * thresholds) - weight / total) < 1e-3)
      #expect(weight > 0 || count == 0)
    }
  }
}
