import Diagnostics
import Randomness

/// Given shares of the load, layer by layer: what `fit` writes.
struct TablePopularity: ExpertPopularity {
  /// `[layers][experts]`, up to scale.
  var rows: [[Double]]
  var isLoad: Bool { true }

  init(rows: [[Double]]) { self.rows = rows }

  init(_ settings: Settings, shape: WorkloadShape) throws(InputError) {
    rows = try Self.rows(settings, key: "shares", count: shape.layers, shape: shape)
  }

  func weights(shape: WorkloadShape, layer: Int, generator: inout SeededGenerator) -> [Double] { rows[layer] }

  /// Rows of one whole number per expert, each row a string of numbers separated by blanks.
  static func rows(
    _ settings: Settings, key: String, count: Int, shape: WorkloadShape
  ) throws(InputError) -> [[Double]] {
    let texts = try settings.strings(key)
    guard texts.count == count else { throw settings.error("\(texts.count) rows, expected \(count)", at: key) }
    var rows = [[Double]]()
    for text in texts {
      let row = text.split(separator: " ").compactMap { UInt32($0).map(Double.init) }
      guard row.count == shape.experts, row.count(where: { $0 > 0 }) >= shape.topK else {
        throw settings.error(
          "row \(rows.count): expected \(shape.experts) whole numbers, at least \(shape.topK) above 0", at: key)
      }
      rows.append(row)
    }
    return rows
  }
}
