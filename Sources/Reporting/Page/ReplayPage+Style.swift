import Charts

/// How the page of replays looks, beyond what all pages share: colours by `Palette`, light and dark, on screen and paper.
let replayPageStyle = """
  :root { \(Palette.declarations(isDark: false)) }
  @media screen and (prefers-color-scheme: dark) { :root { \(Palette.declarations(isDark: true)) } }
  \(Palette.rules)
  body.replay { max-width: 80rem; margin: 1.5rem auto; box-sizing: border-box; overflow-wrap: anywhere; }
  .policies { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; margin: .8rem 0; padding: .4rem .8rem .6rem;
    border: 1px solid var(--rule); border-radius: .4rem; }
  .policies legend { color: var(--soft); padding: 0 .3rem; }
  .policies label { display: inline-flex; align-items: center; gap: .4rem; max-width: 100%; cursor: pointer; }
  html:not(.js) .policies input { display: none; }
  .js .policies { position: sticky; top: 0; background: var(--page); z-index: 1; max-height: 30vh; overflow-y: auto; }
  .swatch { width: 26px; height: 10px; flex: none; }
  .verdict { margin: 1rem 0 .3rem; padding: .5rem .9rem; border-left: 5px solid var(--soft); background: var(--panel); }
  .verdict.recommend { border-color: var(--s3); } .verdict.do-not { border-color: var(--s2); }
  .verdict strong { margin-right: .4rem; }
  .warnings { margin: .6rem 0 1rem; padding: .6rem 1rem .6rem 2rem; border: 1px solid var(--s2); border-radius: .4rem; }
  .charts { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); grid-auto-flow: dense;
    gap: 1.8rem 2rem; margin-top: 1.6rem; }
  .chart { margin: 0; min-width: 0; border-top: 1px solid var(--rule); padding-top: .7rem; }
  .chart.wide { grid-column: 1 / -1; } .chart.tall { grid-row: span 2; }
  .chart.wide .panels.one:has(> .panel > svg) { max-width: 40rem; }
  .chart h3 { font-size: 1.05rem; margin: 0; } .chart p { margin: .15rem 0 .5rem; }
  .chart .soft, .key, .panel-title, .readout { font-size: .87rem; }
  .missing { color: var(--soft); border: 1px dashed var(--soft); border-radius: .4rem; padding: .8rem; }
  .panels.several { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 21rem), 1fr)); gap: .4rem 1.4rem; }
  .panels.pair { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 27rem), 1fr)); gap: .4rem 2rem; }
  .panel-title { font-weight: 600; margin: .3rem 0 0 !important; }
  .plot { display: block; width: 100%; height: auto; } .plot:focus-visible { outline: 2px solid var(--s1); }
  .plot text { fill: var(--ink); font: 12px system-ui, sans-serif; } .plot .tick, .plot .note { fill: var(--soft); }
  .plot .label { font-weight: 600; paint-order: stroke; stroke: var(--page); stroke-width: 3px; } .plot .name { fill: var(--soft); }
  .plot path { fill: none; } .grid { stroke: var(--rule); } .axis { stroke: var(--soft); }
  .rule { stroke: var(--soft); stroke-dasharray: 3 3; } .roof { stroke: var(--ink); stroke-width: 2; }
  .line { stroke: var(--c); stroke-width: 2; stroke-dasharray: var(--dash); stroke-linejoin: round; fill: none; }
  .plot .dot { fill: var(--c); stroke: var(--page); } .point { fill: var(--c); stroke: var(--page); }
  .cloud { stroke: var(--c); stroke-width: 7; stroke-linecap: round; stroke-opacity: .65; }
  .bar { fill: var(--c); stroke: var(--page); stroke-width: 1.5; } .whisker { stroke: var(--ink); stroke-width: 1.5; }
  .hatch { stroke: var(--page); stroke-width: 2; } .plot .value { fill: var(--ink); }
  .key i.waiting { background: repeating-linear-gradient(135deg, var(--c) 0 3px, var(--page) 3px 5px); }
  .matrix { border-collapse: separate; border-spacing: 2px; width: 100%; white-space: normal; }
  .matrix th, .matrix td { border: 0; padding: .4rem .6rem; text-align: center; min-width: 5.5em; overflow-wrap: normal; }
  .matrix th[scope=row] { text-align: left; min-width: 8em; max-width: 18em; overflow-wrap: anywhere; } .matrix thead th { vertical-align: bottom; }
  .matrix thead th:first-child { text-align: left; }
  .matrix .shade { background: var(--c); color: var(--on); font-weight: 600; }
  .matrix small { display: block; font-weight: 400; white-space: nowrap; } .matrix .none { color: var(--soft); }
  .left { text-align: left; }
  nav ul { list-style: none; margin: .6rem 0; padding: 0; } nav li { margin: .15rem 0; } a { color: var(--s1); }
  .verdicts th, .verdicts td { text-align: left; white-space: normal; vertical-align: top; }
  .lines dt { font-weight: 600; } .comparison .charts { margin-bottom: 1.6rem; } .comparison > .scroll { font-size: .87rem; }
  .total { stroke: var(--ink); stroke-width: 2.5; }
  .plot .plan { stroke: var(--c); fill: var(--page); stroke-width: 1.5; }
  .plot .arrival { fill: var(--c); stroke: var(--page); stroke-width: .5; }
  .heat { overflow: hidden; shape-rendering: crispEdges; } .ground { fill: var(--c); }
  .cells { stroke: var(--c); stroke-width: 1; }
  .nodes { stroke: var(--ink); stroke-width: 1; vector-effect: non-scaling-stroke; stroke-opacity: .8; }
  .cursor { stroke: var(--ink); stroke-width: 1; } .at { fill: none; stroke: var(--ink); stroke-width: 2; }
  .off { display: none !important; }
  .key { display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; } .key span { display: inline-flex; align-items: center; }
  .key i { display: inline-block; width: .85rem; height: .85rem; margin-right: .4rem; background: var(--c);
    outline: 1px solid var(--soft); flex: none; }
  .control { display: flex; align-items: center; gap: .7rem; font-size: .87rem; }
  .control input { flex: 1; min-width: 0; accent-color: var(--s1); } .control b { min-width: 7.5em; font-weight: 500; }
  .readout { display: block; min-height: 2.8em; color: var(--ink); }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; }
  details { margin: .3rem 0; } summary { cursor: pointer; } i[data-layer] { display: none; }
  @media (max-width: 60rem) { .charts { grid-template-columns: minmax(0, 1fr); } }
  @media (max-width: 40rem) { body.replay { padding: 0 1rem; } dl { grid-template-columns: minmax(0, 1fr); }
    .plot text { font-size: 14px; } }
  @media print {
    @page { margin: 12mm; }
    body.replay { max-width: none; margin: 0; padding: 0; font-size: 10pt; }
    .control, .readout, .policies input { display: none !important; } .policies { position: static !important; max-height: none !important; }
    .charts { display: block; } .chart.half { display: inline-block; width: 48%; margin-right: 1.5%; vertical-align: top; }
    .chart:has(.matrix) { display: block; width: auto; } .matrix th, .matrix td { min-width: 0; padding: .2rem; }
    .matrix small { white-space: normal; }
    .panels.pair { grid-template-columns: repeat(2, minmax(0, 1fr)); }
    .chart, .panel, tr, pre, .verdict { break-inside: avoid; }
    .chart { margin-bottom: 6mm; } h2, h3, figcaption { break-after: avoid; }
    .scroll { overflow: visible; } table { white-space: normal; font-size: 7.5pt; width: 100%; }
    th, td { padding: .15rem .3rem .15rem 0; }
    * { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  }
  """
