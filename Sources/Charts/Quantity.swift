/// What an axis or a read-out counts; the page's script writes values by the same names.
package enum Quantity: String, Sendable {
  /// Microseconds.
  case time
  case bytes
  case count
  /// How many times as much.
  case times
  /// Fractions of 1, shown in percent.
  case share
  /// Operations per second.
  case rate = "rate"
  /// Operations per byte.
  case intensity

  /// The unit in which values up to `maximum` are best read, and how many of the data's make one of it.
  package func unit(upTo maximum: Double) -> (label: String, size: Double) {
    func largest(_ units: [(String, Double)]) -> (label: String, size: Double) {
      let unit = units.last { maximum >= $0.1 * 0.9995 } ?? units[0]
      return (unit.0, unit.1)
    }
    switch self {
    case .time: return largest([("us", 1), ("ms", 1e3), ("s", 1e6)])
    case .bytes: return largest([("B", 1), ("KB", 1e3), ("MB", 1e6), ("GB", 1e9), ("TB", 1e12), ("PB", 1e15)])
    case .rate: return largest([("FLOP/s", 1), ("GFLOP/s", 1e9), ("TFLOP/s", 1e12), ("PFLOP/s", 1e15)])
    case .share: return ("%", 0.01)
    case .times: return ("×", 1)
    case .count: return ("", 1)
    case .intensity: return ("FLOP/B", 1)
    }
  }
}
