import Charts
import Replay

/// One chart of a replay's page: a file of this folder, and its line in `all`.
struct ResultChart: Sendable {
  /// A word that names it on the page.
  let id: String
  let title: String
  /// What the result lacks where `draw` finds nothing to show; nil where the page then says nothing of it.
  let missing: String?
  /// Whether it takes the page's whole width.
  let isWide: Bool
  /// Nil where the result lacks its data.
  let draw: @Sendable (ChartedResult) -> Drawing?

  init(
    _ id: String, _ title: String, missing: String?, isWide: Bool = false,
    draw: @escaping @Sendable (ChartedResult) -> Drawing?
  ) {
    self.id = id
    self.title = title
    self.missing = missing
    self.isWide = isWide
    self.draw = draw
  }

  func drawn(_ charted: ChartedResult) -> DrawnChart {
    DrawnChart(id, title, missing: missing, isWide: isWide, drawing: draw(charted))
  }

  /// In the order of the page.
  static let all: [ResultChart] = [
    .totals, .stepTimes, .stepLoads, .rankSteps, .distribution, .breakEven, .sortedLoads, .rankLayers, .pareto,
    .roofline, .boundBy, .traffic, .placements, .popularity, .drift, .tradeOff,
  ]

  static let needsDetails = "The result has no details: make it with replay --format json --details."
  static let withoutChanges = " It is not drawn where ranks come and go."
  static let needsOthers = "Only the baseline was replayed."
}

/// What a chart shows.
struct Drawing: Sendable {
  /// What it comes to, in one sentence.
  var reading: String
  var panels: [Panel]
  var legend: [LegendEntry] = []
  /// Numbers of the layers that a slider chooses from, and the place of the one that is shown.
  var layers: [Int] = []
  var shownLayer = 0
  /// What else is needed to read it.
  var notes: [String] = []

  /// How panels stand beside each other, a class of the page.
  static func layout(of panels: Int) -> String {
    panels < 2 ? "one" : panels == 2 || panels == 4 ? "pair" : "several"
  }

  /// Width of the view box of one of so many panels, so that texts are as large on the page in all.
  static func width(of panels: Int) -> Double { layout(of: panels) == "several" ? 440 : 600 }

  /// A picture of it.
  struct Panel: Sendable {
    var title: String?
    /// Index of the policy that it is of, if of one.
    var policy: Int?
    var picture: Markup
    /// Data of the layers that are not shown.
    var hidden = Markup()
  }

  /// A shade and what it stands for.
  struct LegendEntry: Sendable {
    var style: String
    var label: String
  }

  /// The shades of `HeatScale`.
  static let heatLegend = HeatScale.shades.map { LegendEntry(style: $0.0, label: $0.1) }
  /// The shades of `GainScale`.
  static let gainLegend = GainScale.shades.map { LegendEntry(style: $0.0, label: $0.1) }
}
