import Foundation
import Validation

/// Measured against predicted times on logarithmic axes, as SVG paths: a dot for each row, a cross for a suspect one.
struct ParityPlot {
  /// Rows of one use.
  struct Series {
    var name: String
    var label: String
    /// What stands for it in the legend's box.
    var mark: String
    var path: String
  }

  struct Tick {
    /// Where it is on either axis.
    var across: String
    var up: String
    var label: String
  }

  /// Length of an axis.
  static let size = 400.0
  /// How far off the band's edges are.
  static let band = 0.1

  let series: [Series]
  let ticks: [Tick]
  /// The band's corners, and the diagonal's ends, which are the picture's.
  let bandPath: String

  /// Decades that are shown.
  private let low: Double
  private let high: Double

  init(_ predictions: [Prediction]) {
    let times = predictions.flatMap { [$0.row.measured, $0.predicted] }.filter { $0 > 0 }.map(log10)
    let (low, high) = ((times.min() ?? 0).rounded(.down), (times.max() ?? 1).rounded(.up))
    self.low = low
    self.high = max(high, low + 1)
    let span = self.high - self.low
    func place(_ time: Double) -> Double { (log10(max(time, pow(10, low))) - low) / span * Self.size }
    series = MeasurementTable.Use.allCases.compactMap { use in
      let rows = predictions.filter { $0.row.use == use }
      let marks = rows.map { Self.mark(use, place($0.row.measured), Self.size - place($0.predicted)) }
      guard !rows.isEmpty else { return nil }
      return Series(
        name: use.series, label: "\(use.title) (\(Readable.count(rows.count)))", mark: use == .suspect ? "×" : "",
        path: marks.joined())
    }
    ticks = (0...Int(span)).map { decade in
      let place = Double(decade) / span * Self.size
      return Tick(
        across: Self.text(place), up: Self.text(Self.size - place), label: Self.decade(pow(10, low + Double(decade))))
    }
    // On logarithmic axes the band is as wide everywhere.
    let (above, below) = (log10(1 + Self.band) / span * Self.size, -log10(1 - Self.band) / span * Self.size)
    let size = Self.text(Self.size)
    bandPath =
      "M0 \(Self.text(Self.size - above))L\(Self.text(Self.size - above)) 0L\(size) 0L\(size) \(Self.text(below))"
      + "L\(Self.text(below)) \(size)L0 \(size)z"
  }

  /// A stroke of no length, which round ends make a dot; or a cross.
  private static func mark(_ use: MeasurementTable.Use, _ x: Double, _ y: Double) -> String {
    use == .suspect
      ? "M\(text(x - 3)) \(text(y - 3))l6 6m0 -6l-6 6" : "M\(text(x)) \(text(y))h0"
  }

  /// Microseconds as `10 us`, `1 ms`.
  private static func decade(_ time: Double) -> String {
    let (unit, scale) = time < 999 ? ("us", 1.0) : time < 999_999 ? ("ms", 1e3) : ("s", 1e6)
    return "\(Readable.upTo(time / scale, decimals: 6)) \(unit)"
  }

  private static func text(_ place: Double) -> String { Readable.upTo(place, decimals: 1) }
}

extension MeasurementTable.Use {
  /// Its class on the page.
  fileprivate var series: String {
    switch self {
    case .fitted: "fitted"
    case .leftOut: "left-out"
    case .suspect: "suspect"
    }
  }

  fileprivate var title: String {
    switch self {
    case .fitted: "fitted"
    case .leftOut: "not fitted"
    case .suspect: "suspect"
    }
  }
}
