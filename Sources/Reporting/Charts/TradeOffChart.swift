import Charts
import Replay

/// Cost, accuracy and performance, the three that MoE-CAP (arXiv 2412.07067) says no system has all of.
struct TradeOff: Sendable {
  private struct Figures {
    let series: Plot.Series
    let dollars: Double
    let tokensPerSecond: Double
    let accuracy: Double
  }

  private let all: [Figures]

  /// - Parameter policies: of which some have a cost, and the accuracy of their model as stated.
  init(_ policies: [(series: Plot.Series, policy: PolicyResult, accuracy: Double?)]) {
    all = policies.compactMap { series, policy, accuracy in
      guard let cost = policy.cost, let serving = policy.serving, let accuracy else { return nil }
      return Figures(
        series: series, dollars: cost.perMillionTokens, tokensPerSecond: serving.tokensPerSecond, accuracy: accuracy)
    }
  }

  static let missing =
    "Shown where the cluster's file states a price, the context is given, and --accuracy says what the model reaches."

  /// Nil where nothing has all three.
  var drawing: Drawing? {
    guard let cheapest = all.min(by: { $0.dollars < $1.dollars }),
      let fastest = all.max(by: { $0.tokensPerSecond < $1.tokensPerSecond }),
      let best = all.max(by: { $0.accuracy < $1.accuracy })
    else { return nil }
    let radar = Radar(["cost", "accuracy, as stated", "tokens per second"].map(Radar.Spoke.init))
    let marks = all.reduce(Markup()) { marks, figures in
      let parts = [
        cheapest.dollars / figures.dollars, best.accuracy > 0 ? figures.accuracy / best.accuracy : 0,
        figures.tokensPerSecond / fastest.tokensPerSecond,
      ]
      let title =
        "\(figures.series.name): $\(Readable.significant(figures.dollars)) for a million tokens, accuracy "
        + "\(Readable.ratio(figures.accuracy)), \(Readable.count(whole: figures.tokensPerSecond)) tokens/s"
      return marks + radar.ring(figures.series, parts, title: title)
    }
    let reading =
      "\(cheapest.series.name.shortened()) costs least, $\(Readable.significant(cheapest.dollars)) for a million tokens; "
      + "\(fastest.series.name.shortened()) is fastest with \(Readable.count(whole: fastest.tokensPerSecond)) tokens/s."
    return Drawing(
      reading: reading,
      panels: [.init(picture: radar.svg(label: "Cost, accuracy and performance. \(reading)", marks))],
      notes: [
        "Outward is better: the outer edge is the best of those shown. Accuracy is what was stated, nothing that a replay "
          + "measures."
      ])
  }
}

extension ResultChart {
  /// What each policy costs and how fast it is, beside what the model was said to reach.
  static let tradeOff = ResultChart("trade-off", "Cost, accuracy and performance", missing: TradeOff.missing) { charted in
    TradeOff(charted.policies.map { ($0.series, $0.policy, charted.result.model.accuracy) }).drawing
  }
}
