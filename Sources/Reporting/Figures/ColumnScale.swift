/// The unit that all cells of a column share.
struct ColumnScale: Sendable {
  /// Beside the column's title; nil for none.
  var name: String?
  /// A value in the figure's own unit times this is in the column's.
  var factor: Double
  let write: @Sendable (Double) -> String

  /// - Parameter value: in the figure's own unit.
  func text(_ value: Double) -> String { write(value * factor) }

  /// The same for values in a unit that is `units` times as large.
  func of(_ units: Double) -> ColumnScale { ColumnScale(name: name, factor: factor * units, write: write) }

  /// For microseconds: `us`, `ms` or `s`.
  static func time(largest: Double) -> ColumnScale {
    let (name, factor) =
      switch largest {
      case ..<999.5: ("us", 1.0)
      case ..<999_500: ("ms", 1e-3)
      default: ("s", 1e-6)
      }
    return ColumnScale(name: name, factor: factor, write: Readable.significant)
  }

  /// With decimal prefixes.
  static func decimal(_ unit: String, largest: Double) -> ColumnScale {
    var factor = 1.0
    for prefix in ["", "K", "M", "G", "T"] {
      if largest * factor < 999.5 {
        return ColumnScale(name: prefix + unit, factor: factor, write: Readable.significant)
      }
      factor /= 1000
    }
    return ColumnScale(name: "P" + unit, factor: factor, write: Readable.significant)
  }
}
