import Charts
import Foundation
import Replay

extension ResultChart {
  /// The experts' kernels of every layer under the GPU's roofline.
  static let roofline = ResultChart(
    "roofline", "Expert kernels on the roofline",
    missing: "The result has no roofline: the cluster does not describe its GPUs, or there are no details."
  ) { charted in
    let rooflines = charted.policies.compactMap { policy in policy.policy.roofline.map { (policy, $0) } }
    guard let limit = charted.baseline?.details?.flopsPerSecondLimit, let ridge = rooflines.first?.1.ridgePoint,
      ridge > 0, limit > 0
    else { return nil }
    let points = rooflines.map { policy, roofline in
      (
        policy,
        roofline.layers.compactMap { layer in
          layer.flopsPerSecond.flatMap { $0 > 0 && layer.intensity > 0 ? (x: layer.intensity, y: $0) : nil }
        }
      )
    }
    guard points.contains(where: { !$0.1.isEmpty }) else { return nil }
    let plot = Plot(
      x: Axis(
        logarithmic: "operations per byte, padding counted", .intensity, points.flatMap { $0.1.map(\.x) } + [ridge]),
      y: Axis(logarithmic: "operations of the slowest rank", .rate, points.flatMap { $0.1.map(\.y) } + [limit]))
    let reading = rooflineReading(charted, rooflines.map(\.1), ridge: ridge)
    var marks = plot.roof(ridge: ridge, limit: limit)
    for (policy, layers) in points { marks += plot.cloud(policy.series, layers) }
    return Drawing(
      reading: reading, panels: [.init(picture: plot.svg(label: "Expert kernels on the roofline. \(reading)", marks))],
      notes: ["A mark is a layer; the roof is what the kernels reach at best, left by memory, right by arithmetic."])
  }

  private static func rooflineReading(
    _ charted: ChartedResult, _ rooflines: [PolicyResult.Roofline], ridge: Double
  ) -> String {
    let layers = rooflines.first?.layers ?? []
    let left = layers.count { $0.intensity < ridge }
    let baseline = charted.baseline?.name.shortened() ?? ""
    return "Under \(baseline) \(left) of \(Readable.count(layers.count, "layer")) lie left of the ridge at "
      + "\(Readable.significant(ridge)) operations per byte, where memory decides."
  }
}

extension Plot {
  fileprivate func roof(ridge: Double, limit: Double) -> Markup {
    let low = x.scale.domain.lowerBound
    let bottomRate = y.scale.domain.lowerBound
    // Where the slope leaves the picture: at its left side, or at its floor.
    let start = max(low, ridge * bottomRate / limit)
    let from = (x: Markup.place(x(start)), y: Markup.place(y(limit * start / ridge)))
    let corner = (x: Markup.place(x(ridge)), y: Markup.place(y(limit)))
    return .element(
      "path",
      [
        "class": "roof", "data-ridge": Markup.numbers([ridge]), "data-limit": Markup.numbers([limit]),
        "d": "M\(from.x) \(from.y)L\(corner.x) \(corner.y)H\(Markup.place(right))",
      ])
  }

  /// Small marks for points that are many.
  fileprivate func cloud(_ series: Series, _ points: [(x: Double, y: Double)]) -> Markup {
    let path = points.map { "M\(Markup.place(x($0.x))) \(Markup.place(y($0.y)))h0" }.joined()
    return .element(
      "path",
      [
        "class": "cloud \(series.style)", "data-policy": "\(series.colour)", "data-name": series.name,
        "data-x": Markup.numbers(points.map(\.x)), "data-y": Markup.numbers(points.map(\.y)), "d": path,
      ])
  }
}
