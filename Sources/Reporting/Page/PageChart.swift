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

  init(_ chart: DrawnChart, idPrefix: String) {
    let drawing = chart.drawing
    id = idPrefix + chart.id
    title = chart.title
    width = chart.isWide ? "wide" : chart.isTall && drawing != nil ? "half tall" : "half"
    reading = drawing.map { printable($0.reading) }
    missing = drawing == nil ? chart.missing : nil
    panels = (drawing?.panels ?? []).map { panel in
      Panel(
        panelTitle: panel.title.map(printable), panelPolicy: panel.policy.map(String.init),
        picture: panel.picture.text + panel.hidden.text)
    }
    panelsWidth = Drawing.layout(of: panels.count)
    legend = (drawing?.legend ?? []).map { LegendEntry(style: $0.style, label: $0.label) }
    hasLegend = !legend.isEmpty
    let layers = drawing?.layers ?? []
    self.layers = layers.count > 1 ? layers.map(String.init).joined(separator: " ") : nil
    shownLayer = drawing?.shownLayer ?? 0
    notes = (drawing?.notes ?? []).joined(separator: " ")
  }
}

/// How a page shows its charts, in Mustache.
let pageCharts = """
  {{#charts}}
  <figure class="chart {{width}}" id="{{id}}"{{#layers}} data-layers="{{.}}"{{/layers}} data-shown="{{shownLayer}}">
  <figcaption><h3>{{title}}</h3>{{#reading}}<p>{{.}}</p>{{/reading}}</figcaption>
  {{#missing}}<p class="missing">Not shown. {{.}}</p>{{/missing}}
  <div class="panels {{panelsWidth}}">
  {{#panels}}
  <div class="panel"{{#panelPolicy}} data-policy="{{.}}"{{/panelPolicy}}>{{#panelTitle}}<p class="panel-title">{{.}}</p>{{/panelTitle}}{{{picture}}}</div>
  {{/panels}}
  </div>
  {{#hasLegend}}<p class="key">{{#legend}}<span><i class="{{style}}"></i>{{label}}</span>{{/legend}}</p>{{/hasLegend}}
  <p class="soft">{{notes}}</p>
  </figure>
  {{/charts}}
  """
