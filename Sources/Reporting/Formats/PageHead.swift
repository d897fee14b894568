import Diagnostics

/// What every page starts with, in Mustache: light and dark by the reader's setting, no scripts, nothing fetched.
let pageHead = """
  <!DOCTYPE html>
  <html lang="en">
  <head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="generator" content="expert-replay \(expertReplayVersion)">
  <title>{{title}}</title>
  <style>
  :root { color-scheme: light dark; --ink: #1c1e21; --soft: #667; --rule: #dde; --page: #fff;
    --dispatch: #2f6db5; --experts: #b9c2cc; --combine: #74aee0; --moves: #d9822b; --prediction: #8a63b3; }
  @media (prefers-color-scheme: dark) { :root { --ink: #e8eaed; --soft: #9aa; --rule: #334; --page: #15181c;
    --experts: #56606b; } }
  body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--page); max-width: 72rem;
    margin: 2.5rem auto; padding: 0 1.5rem; }
  h1 { font-size: 1.5rem; margin: 0 0 .25rem; }
  h2 { font-size: 1.05rem; margin: 2.2rem 0 .6rem; }
  h2.machine { font-size: 1.3rem; margin-top: 3rem; }
  .answer { font-size: 1.1rem; margin: 0 0 1.2rem; }
  dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1.2rem; margin: 0; }
  dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
  .row { display: grid; grid-template-columns: 11rem 1fr 6rem; gap: .8rem; align-items: center; margin: .35rem 0; }
  .row div:first-child, figcaption { overflow-wrap: anywhere; }
  .row .total { text-align: right; font-variant-numeric: tabular-nums; }
  .bar { display: flex; height: 1.3rem; position: relative; }
  .bar .whisker { position: absolute; top: .35rem; height: .6rem; box-sizing: border-box; border: solid var(--ink);
    border-width: 0 1px;
    background: linear-gradient(var(--ink), var(--ink)) center / 100% 1px no-repeat; }
  .bar span { display: block; }
  .dispatch { background: var(--dispatch); } .experts { background: var(--experts); }
  .combine { background: var(--combine); } .moves { background: var(--moves); }
  .prediction { background: var(--prediction); }
  .legend span { display: inline-block; width: .8rem; height: .8rem; margin: 0 .35rem 0 1rem; vertical-align: -.05rem; }
  .scroll { overflow-x: auto; }
  .pictures { display: flex; flex-wrap: wrap; gap: 1rem 1.6rem; }
  .pictures figure { margin: 0; width: 15rem; }
  .pictures svg { display: block; width: 15rem; height: 15rem; }
  .cold { fill: #2f6db5; background: #2f6db5; } .cool { fill: #a9c8e8; background: #a9c8e8; }
  .even { fill: #e9e6df; background: #e9e6df; } .warm { fill: #f2c28b; background: #f2c28b; }
  .hot { fill: #d9822b; background: #d9822b; } .hottest { fill: #a3341f; background: #a3341f; }
  table { border-collapse: collapse; font-variant-numeric: tabular-nums; white-space: nowrap; }
  th, td { text-align: right; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--rule); }
  th { font-weight: 500; color: var(--soft); }
  th:first-child, td:first-child { text-align: left; }
  .soft { color: var(--soft); }
  </style>
  </head>

  """
