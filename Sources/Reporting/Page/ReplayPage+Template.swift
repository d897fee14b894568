/// The page of replays, in Mustache (mustache.github.io).
let replayPageTemplate =
  pageHead.replacing("</style>", with: replayPageStyle + "\n</style>") + """
    <body class="replay">
    <header>
    <h1>{{title}}</h1>
    <fieldset class="policies"><legend>Policies</legend>
    {{#policies}}
    <label class="{{style}}"><input type="checkbox" checked data-toggles="{{colour}}"><svg class="swatch" viewBox="0 0 26 10" aria-hidden="true"><path class="line {{style}}" d="M0 5H26"/></svg><span>{{name}}</span></label>
    {{/policies}}
    </fieldset>
    {{#hasYardsticks}}<p class="soft">* looks ahead: a yardstick, not a policy.</p>{{/hasYardsticks}}
    </header>
    <main>
    {{#comparison}}
    <nav aria-label="Results"><ul>
    {{#entries}}
    <li><a href="#{{target}}">{{label}}</a> <span class="soft">{{outcome}}</span></li>
    {{/entries}}
    </ul></nav>
    <section class="comparison">
    <h2>Side by side</h2>
    <div class="charts">
    \(pageCharts)
    </div>
    <div class="scroll" role="region" aria-label="All results" tabindex="0"><table>
    <thead><tr>{{#titles}}<th scope="col" class="{{side}}">{{words}}</th>{{/titles}}</tr></thead>
    <tbody>
    {{#rows}}
    <tr>{{#cells}}<td class="{{side}}">{{words}}</td>{{/cells}}</tr>
    {{/rows}}
    </tbody>
    </table></div>
    </section>
    {{/comparison}}
    {{#results}}
    <section class="result" id="{{id}}">
    {{#heading}}<h2 class="machine">{{.}}</h2>{{/heading}}
    <p class="verdict {{verdict.style}}"><strong>{{verdict.word}}</strong> {{verdict.why}}</p>
    <p class="answer">{{answer}}</p>
    {{#hasWarnings}}<ul class="warnings" aria-label="Notes">{{#warnings}}<li>{{.}}</li>{{/warnings}}</ul>{{/hasWarnings}}
    <dl>
    {{#facts}}
    <dt>{{name}}</dt><dd>{{value}}</dd>
    {{/facts}}
    </dl>
    {{^heading}}<h2>Charts</h2>{{/heading}}
    <div class="charts">
    \(pageCharts)
    </div>
    <h2>Figures</h2>
    <div class="scroll" role="region" aria-label="Figures{{#heading}} of {{.}}{{/heading}}" tabindex="0"><table>
    <thead><tr><th scope="col">Figure</th>{{#columns}}<th scope="col">{{name}}</th>{{/columns}}</tr></thead>
    <tbody>
    {{#figures}}
    <tr data-path="{{path}}"><th scope="row" title="{{reading}}">{{name}}</th>{{#cells}}<td>{{.}}</td>{{/cells}}</tr>
    {{/figures}}
    </tbody>
    </table></div>
    {{#command}}
    <h2>Made by</h2>
    <pre class="command">{{.}}</pre>
    {{/command}}
    {{#files}}
    <details><summary>{{title}}</summary><pre>{{text}}</pre></details>
    {{/files}}
    </section>
    {{/results}}
    </main>
    <script>
    \(replayPageScript)
    </script>
    </body>
    </html>

    """
