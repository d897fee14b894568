import Diagnostics

/// What every page starts with, in Mustache: light and dark by the reader's setting, nothing fetched.
let pageHead = """
  <!DOCTYPE html>
  <html lang="en">
  <head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="generator" content="expert-replay \(expertReplayVersion)">
  <title>{{title}}</title>
  <style>
  :root { color-scheme: light dark; --ink: #1c1e21; --soft: #667; --rule: #dde; --page: #fff; }
  @media screen and (prefers-color-scheme: dark) { :root { --ink: #e8eaed; --soft: #9aa; --rule: #334; --page: #15181c; } }
  body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--page); max-width: 72rem;
    margin: 2.5rem auto; padding: 0 1.5rem; }
  h1 { font-size: 1.5rem; margin: 0 0 .25rem; }
  h2 { font-size: 1.05rem; margin: 2.2rem 0 .6rem; }
  h2.machine { font-size: 1.3rem; margin-top: 3rem; }
  .answer { font-size: 1.1rem; margin: 0 0 1.2rem; }
  dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1.2rem; margin: 0; }
  dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
  .legend span { display: inline-block; width: .8rem; height: .8rem; margin: 0 .35rem 0 1rem; vertical-align: -.05rem; }
  .scroll { overflow-x: auto; }
  table { border-collapse: collapse; font-variant-numeric: tabular-nums; white-space: nowrap; }
  th, td { text-align: right; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--rule); }
  th { font-weight: 500; color: var(--soft); }
  th:first-child, td:first-child { text-align: left; }
  tbody th { font-weight: 400; color: var(--ink); }
  .soft { color: var(--soft); }
  </style>
  </head>

  """
