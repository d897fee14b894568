import Diagnostics

/// Two rows that differ in what a gain is measured by: time after over time before is what a replay is for.
public struct Gain: Equatable, Sendable {
  public var before: Prediction
  public var after: Prediction

  /// Below 1 where it got faster.
  public var measuredRatio: Double { after.row.measured / before.row.measured }
  public var predictedRatio: Double { after.predicted / before.predicted }
  /// predicted ratio / measured ratio − 1.
  public var error: Double { predictedRatio / measuredRatio - 1 }

  /// A measured change beyond this is no noise.
  static let clearChange = 0.05

  var isClear: Bool { abs(measuredRatio - 1) > Self.clearChange }
  var isSignRight: Bool { (predictedRatio - 1) * (measuredRatio - 1) > 0 }

  /// The pair is as good as the worse of its rows.
  public var use: MeasurementTable.Use {
    let uses = [before.row.use, after.row.use]
    return uses.contains(.suspect) ? .suspect : uses.allSatisfy { $0 == .fitted } ? .fitted : .leftOut
  }

  /// The pairs of a table by its rule; none without one.
  ///
  /// - Parameter isPartial: whether rows of the table may be missing, and with them all pairs.
  /// - Throws: `InputError` when two rows before are alike in all that tells pairs apart, or no pair is found.
  static func all(
    _ predictions: [Prediction], of table: MeasurementTable, isPartial: Bool = false
  ) throws(InputError) -> [Gain] {
    guard let rule = table.gain, let by = table.columns.firstIndex(of: rule.by) else { return [] }
    let measured = table.kind.measured + LoadFact.allCases.map(\.rawValue) + ["fitted", "doubtful"]
    let passedOver = Set(measured + table.ignored + rule.ignoring + [rule.by])
    let keys = table.columns.indices.filter { !passedOver.contains(table.columns[$0]) }
    func key(_ row: MeasurementTable.Row) -> [String] { [row.operation.rawValue] + keys.map { row.cells[$0] } }
    var befores: [[String]: Prediction] = [:]
    for prediction in predictions where prediction.row.cells[by] == rule.before {
      if let other = befores.updateValue(prediction, forKey: key(prediction.row)) {
        throw InputError(
          "as line \(other.row.line) in all that pairs of a gain have in common", in: table.name,
          at: .init(line: prediction.row.line))
      }
    }
    let gains = predictions.filter { $0.row.cells[by] != rule.before }.compactMap { after in
      befores[key(after.row)].map { Gain(before: $0, after: after) }
    }
    guard !gains.isEmpty || isPartial else {
      throw InputError("gain: no two rows differ in \(rule.by) alone, one with '\(rule.before)'", in: table.name)
    }
    return gains
  }
}

/// How well gains are predicted, over some pairs.
public struct GainSummary: Equatable, Sendable {
  /// What the pairs have in common.
  public var label: String
  public var pairs: Int
  /// Mean of time after over time before.
  public var measured: Double
  public var predicted: Double
  /// Mean and largest |predicted ratio / measured ratio − 1|.
  public var mean: Double
  public var maximum: Double
  /// Pairs whose measured change exceeds 5 %, and those of them that are predicted to change the same way.
  public var clear: Int
  public var signRight: Int

  init(label: String, gains: [Gain]) {
    self.label = label
    pairs = gains.count
    let count = Double(max(1, gains.count))
    measured = gains.reduce(0) { $0 + $1.measuredRatio } / count
    predicted = gains.reduce(0) { $0 + $1.predictedRatio } / count
    mean = gains.reduce(0) { $0 + abs($1.error) } / count
    maximum = gains.map { abs($0.error) }.max() ?? 0
    clear = gains.count(where: \.isClear)
    signRight = gains.count { $0.isClear && $0.isSignRight }
  }
}
