import Charts
import Diagnostics

/// A chart as the page's template takes it.
struct PageChart {
  struct Panel {
    /// Nil for a chart's only one. Names differ from the chart's, which a template would find in their place.
    var panelTitle: String?
    /// Nil for a picture of several policies.
    var panelPolicy: String?
    /// Markup.
    var picture: String
  }

  struct LegendEntry {
    var style: String
    var label: String
  }

  let id: String
  let title: String
  let width: String
  /// Nil where the result lacks the chart's data.
  let reading: String?
  /// What it lacks; nil where it is drawn.
  let missing: String?
  let panels: [Panel]
  let panelsWidth: String
  let legend: [LegendEntry]
  let hasLegend: Bool
  /// Numbers of the layers that a slider chooses from, and the place of the one shown; nil where there is nothing to
  /// choose.
  let layers: String?
  let shownLayer: Int
  let notes: String

  init(_ chart: ResultChart, of charted: ChartedResult, idPrefix: String) {
    let drawing = chart.draw(charted)
    id = idPrefix + chart.id
    title = chart.title
    width = chart.isWide ? "wide" : "half"
    reading = drawing.map { printable($0.reading) }
    missing = drawing == nil ? chart.missing : nil
    panels = (drawing?.panels ?? []).map { panel in
      Panel(
        panelTitle: panel.title.map(printable), panelPolicy: panel.policy.map(String.init),
        picture: panel.picture.text + panel.hidden.text)
    }
    panelsWidth = panels.count > 2 ? "several" : panels.count == 2 ? "pair" : "one"
    legend = (drawing?.legend ?? []).map { LegendEntry(style: $0.style, label: $0.label) }
    hasLegend = !legend.isEmpty
    let layers = drawing?.layers ?? []
    self.layers = layers.count > 1 ? layers.map(String.init).joined(separator: " ") : nil
    shownLayer = drawing?.shownLayer ?? 0
    notes = (drawing?.notes ?? []).joined(separator: " ")
  }
}
