/// The page of a replay, in Mustache (mustache.github.io).
let replayPageTemplate =
  pageHead + """
    <body>
    <h1>{{title}}</h1>
    {{#table}}
    <div class="scroll"><table>
    <tr>{{#titles}}<th>{{.}}</th>{{/titles}}</tr>
    {{#rows}}
    <tr>{{#cells}}<td>{{.}}</td>{{/cells}}</tr>
    {{/rows}}
    </table></div>
    {{/table}}
    {{#machines}}
    {{#heading}}<h2 class="machine">{{.}}</h2>{{/heading}}
    <p class="answer">{{answer}}</p>
    <dl>
    {{#facts}}
    <dt>{{name}}</dt><dd>{{value}}</dd>
    {{/facts}}
    </dl>

    <h2>Time by part</h2>
    {{#rows}}
    <div class="row"><div>{{name}}{{#isYardstick}} *{{/isYardstick}}</div>
    <div class="bar">{{#bars}}<span class="{{part}}" style="width: {{width}}%" title="{{label}}"></span>{{/bars}}
    <span class="whisker" style="left: {{whisker.left}}%; width: {{whisker.width}}%" title="{{whisker.label}}"></span></div>
    <div class="total">{{total}}</div></div>
    {{/rows}}
    <p class="legend soft"><span class="dispatch"></span>dispatch<span class="experts"></span>experts
    <span class="combine"></span>combine<span class="moves"></span>moves not hidden
    <span class="prediction"></span>prediction<br>
    A whisker goes from the MoE layers' time with all communication and computation overlapped to that with nothing
    overlapped.</p>

    {{#hasPictures}}
    <h2>Load of every rank, layer by layer</h2>
    <div class="pictures">
    {{#pictures}}
    <figure><figcaption>{{name}}{{#isYardstick}} *{{/isYardstick}}</figcaption>
    <svg viewBox="0 0 {{load.ranks}} {{load.layers}}" preserveAspectRatio="none" shape-rendering="crispEdges">
    {{#load.shades}}<path class="{{name}}" d="{{path}}"/>{{/load.shades}}</svg></figure>
    {{/pictures}}
    </div>
    <p class="legend soft">Ranks from left to right, layers from top to bottom; tokens over all steps, in which what is hot in
    one step and cold in another evens out:
    {{#shades}}<span class="{{name}}"></span>{{label}}{{/shades}}</p>
    {{/hasPictures}}

    <h2>Figures</h2>
    <div class="scroll"><table>
    <tr><th></th>{{#rows}}<th>{{name}}{{#isYardstick}} *{{/isYardstick}}</th>{{/rows}}</tr>
    {{#figures}}
    <tr><td title="{{reading}}">{{name}}</td>{{#cells}}<td>{{.}}</td>{{/cells}}</tr>
    {{/figures}}
    </table></div>

    {{#hasYardsticks}}<p class="soft">* looks ahead: a yardstick, not a policy.</p>{{/hasYardsticks}}
    {{#notes}}
    <p class="soft">{{.}}</p>
    {{/notes}}
    {{/machines}}
    </body>
    </html>

    """
