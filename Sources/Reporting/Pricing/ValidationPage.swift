import Mustache
import Validation

/// One self-contained page: a parity plot and the errors of each table.
///
/// - Parameter blocks: of each table.
func validationPage(title: String, validations: [ValidatedTable], blocks: [[ReportBlock]]) throws -> String {
  let tables = zip(validations, blocks).map(Page.Table.init)
  return try MustacheTemplate(string: validationTemplate).render(Page(title: title, tables: tables))
}

/// What the template shows; every text is ready to print.
private struct Page {
  struct Table {
    let name: String
    let source: String
    let note: String?
    let plot: ParityPlot
    let pieces: [PagePiece]

    init(_ validation: ValidatedTable, _ blocks: [ReportBlock]) {
      name = "\(validation.table.name) on \(validation.machines)"
      source = validation.table.source
      note = validation.table.note
      plot = ParityPlot(validation.predictions)
      pieces = PagePiece.all(of: blocks)
    }
  }

  let title: String
  let tables: [Table]
}

private let parityStyle = """
  .parity { display: block; width: 100%; max-width: 32rem; overflow: visible; }
  .parity path { fill: none; stroke-width: 4; stroke-linecap: round; stroke-opacity: .6; }
  .parity .fitted { stroke: #2f6db5; } .parity .left-out { stroke: #d9822b; }
  .parity .suspect { stroke: var(--ink); stroke-width: 1; stroke-opacity: 1; }
  .parity .band { fill: var(--rule); stroke: none; } .parity line { stroke: var(--rule); }
  .parity .even { stroke: var(--soft); fill: none; } .parity text { fill: var(--soft); font-size: 11px; }
  .legend .fitted { background: #2f6db5; } .legend .left-out { background: #d9822b; }
  .legend .suspect { color: var(--ink); line-height: .8rem; vertical-align: 0; }
  """

private let validationTemplate =
  pageHead.replacing("</style>", with: parityStyle + "\n</style>") + """
    <body>
    <h1>{{title}}</h1>
    {{#tables}}
    <h2 class="machine">{{name}}</h2>
    <p class="soft">{{source}}{{#note}}<br>{{.}}{{/note}}</p>
    <svg class="parity" viewBox="-60 -10 470 450" role="img" aria-label="predicted against measured time">
    <path class="band" d="{{plot.bandPath}}"/>
    {{#plot.ticks}}
    <line x1="{{across}}" y1="0" x2="{{across}}" y2="400"/><line x1="0" y1="{{up}}" x2="400" y2="{{up}}"/>
    <text x="{{across}}" y="416" text-anchor="middle">{{label}}</text>
    <text x="-6" y="{{up}}" dy="4" text-anchor="end">{{label}}</text>
    {{/plot.ticks}}
    <line class="even" x1="0" y1="400" x2="400" y2="0"/>
    {{#plot.series}}
    <path class="{{name}}" d="{{path}}"/>
    {{/plot.series}}
    <text x="200" y="434" text-anchor="middle">measured</text>
    <text x="0" y="-2">predicted</text>
    </svg>
    <p class="legend soft">{{#plot.series}}<span class="{{name}}">{{mark}}</span>{{label}}{{/plot.series}};
    the band is within 10 % of what was measured.</p>
    \(pagePieces)
    {{/tables}}
    </body>
    </html>

    """
