import Charts
import Replay

/// Cost, accuracy and performance, the three that MoE-CAP (arXiv 2412.07067) says no system has all of.
struct TradeOff: Sendable {
  private struct Figures {
    let series: Plot.Series
    let dollars: Double
    let tokensPerSecond: Double
    let accuracy: Double

    var title: String {
      "\(series.name): $\(Readable.significant(dollars)) for a million tokens, accuracy \(Readable.ratio(accuracy)), "
        + "\(Readable.count(whole: tokensPerSecond)) tokens/s"
    }
  }

  private struct Side {
    let heading: String?
    let figures: [Figures]
  }

  private let sides: [Side]

  /// - Parameter results: with headings where there are several; drawn side by side, on one scale.
  init(_ results: [(heading: String?, charted: ChartedResult)]) {
    sides = results.compactMap { heading, charted in
      let figures = charted.policies.compactMap { policy -> Figures? in
        guard let cost = policy.policy.cost, let serving = policy.policy.serving,
          let accuracy = charted.result.model.accuracy, cost.perMillionTokens > 0, serving.tokensPerSecond > 0
        else { return nil }
        return Figures(
          series: policy.series, dollars: cost.perMillionTokens, tokensPerSecond: serving.tokensPerSecond,
          accuracy: accuracy)
      }
      return figures.isEmpty ? nil : Side(heading: heading, figures: figures)
    }
  }

  /// Nil where nothing has all three.
  var drawing: Drawing? {
    let all = sides.flatMap { side in side.figures.map { (side.heading, $0) } }
    guard let cheapest = all.min(by: { $0.1.dollars < $1.1.dollars }),
      let fastest = all.max(by: { $0.1.tokensPerSecond < $1.1.tokensPerSecond }),
      let best = all.map(\.1.accuracy).max()
    else { return nil }
    let radar = Radar(
      [
        "cost: $\(Readable.significant(cheapest.1.dollars))/M",
        "\(Readable.count(whole: fastest.1.tokensPerSecond)) tokens/s", "accuracy, as stated: \(Readable.ratio(best))",
      ], width: Drawing.width(of: sides.count))
    let panels = sides.map { side in
      let rings = side.figures.reduce(Markup()) { rings, figures in
        let parts = [
          cheapest.1.dollars / figures.dollars, figures.tokensPerSecond / fastest.1.tokensPerSecond,
          best > 0 ? figures.accuracy / best : 0,
        ]
        return rings + radar.ring(figures.series, parts, title: figures.title)
      }
      let label = "Cost, accuracy and performance\(side.heading.map { " on \($0)" } ?? "")"
      return Drawing.Panel(title: side.heading, picture: radar.svg(label: label, rings))
    }
    func name(_ of: (heading: String?, figures: Figures)) -> String {
      of.figures.series.name.shortened() + (of.heading.map { " on \($0)" } ?? "")
    }
    let isSame = name(cheapest) == name(fastest)
    return Drawing(
      reading: "\(name(cheapest)) costs least, $\(Readable.significant(cheapest.1.dollars)) for a million tokens, and "
        + "\(isSame ? "" : name(fastest) + " ")is fastest, with "
        + "\(Readable.count(whole: fastest.1.tokensPerSecond)) tokens/s.",
      panels: panels,
      notes: [
        "Outward is better, and the edge is the best of those shown. Accuracy is what was stated: a replay does not "
          + "measure it."
      ])
  }
}

extension ResultChart {
  /// What each policy costs and how fast it is, beside what the model was said to reach; only where all is known.
  static let tradeOff = ResultChart("trade-off", "Cost, accuracy and performance", missing: nil) { charted in
    TradeOff([(nil, charted)]).drawing
  }
}
