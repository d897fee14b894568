"""A chart of the page, as a picture that stands alone."""
import html
import re
import sys
import textwrap

WIDTH, MARGIN, GAP = 900, 20, 24
TEXTS = (
    "text{fill:var(--ink);font:15px system-ui,-apple-system,'Segoe UI',sans-serif}"
    ".head{font-size:20px;font-weight:600}.panel,.entry{font-size:14px}.panel{font-weight:600}"
    ".notes{fill:var(--soft);font-size:13px}.box{fill:var(--c);stroke:var(--soft);stroke-width:.5}")


def picture(page, identifier, panels, with_notes, theme):
    """The chart with its title, its sentence, its key and those of its panels that have these titles (all if None)."""
    figure = re.search(rf'<figure [^>]*id="r0-{identifier}".*?</figure>', page, re.S)
    if not figure:
        sys.exit(f"the page has no chart {identifier}")
    figure = figure.group()
    title = re.search(r"<h3>(.*?)</h3>", figure).group(1)
    reading = re.search(r"</h3><p>(.*?)</p>", figure).group(1)
    shown = re.findall(
        r'<div class="panel"[^>]*>(?:<p class="panel-title">(.*?)</p>)?(<svg class="plot".*?</svg>)</div>', figure, re.S)
    if panels:
        shown = [panel for name in panels for panel in shown if panel[0] == name]
    if len(shown) != len(panels or shown) or not shown:
        sys.exit(f"the chart {identifier} does not have the panels {panels}")
    body, y = [f'<text class="head" x="{MARGIN}" y="40">{title}</text>'], 66
    for line in textwrap.wrap(html.unescape(reading), 108):
        body.append(f'<text class="reading" x="{MARGIN}" y="{y}">{html.escape(line, quote=False)}</text>')
        y += 21
    drawn, y = legend(key(figure) if panels else policies(page, figure), y + 4)
    body.append(drawn)
    each = (WIDTH - 2 * MARGIN - GAP * (len(shown) - 1)) / len(shown)
    bottom = y
    for index, (name, plot) in enumerate(shown):
        x, top = MARGIN + index * (each + GAP), y
        if name:
            body.append(f'<text class="panel" x="{x:g}" y="{top + 14}">{name}</text>')
            top += 20
        _, _, wide, high = map(float, re.search(r'viewBox="([^"]*)"', plot).group(1).split())
        height = each * high / wide
        body.append(placed(plot, x, top, each, height))
        bottom = max(bottom, top + height)
    notes = re.search(r'<p class="soft">(.*?)</p>\s*</figure>', figure)
    for line in textwrap.wrap(html.unescape(notes.group(1)), 128) if notes and with_notes else []:
        bottom += 19
        body.append(f'<text class="notes" x="{MARGIN}" y="{bottom - 3:g}">{html.escape(line, quote=False)}</text>')
    markup = "\n".join(body)
    height = round(bottom + MARGIN / 2)
    label = f"{title}. {reading}".replace('"', "&quot;")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'role="img" aria-label="{label}">\n<style>{style(page, markup, theme)}</style>\n'
        f'<rect x=".5" y=".5" width="{WIDTH - 1}" height="{height - 1}" rx="8" fill="var(--page)" '
        f'stroke="var(--rule)"/>\n{markup}\n</svg>\n')


def placed(plot, x, y, width, height):
    """The plot at its place, without what is for the page's script and for the mouse."""
    plot = re.sub(r"<title>.*?</title>", "", plot, flags=re.S)
    plot = re.sub(r' (?:data-[a-z-]+|role|aria-label|tabindex)="[^"]*"', "", plot)
    return plot.replace("<svg ", f'<svg x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" ', 1)


def policies(page, figure):
    """The policies in the chart: class of the line and name."""
    drawn = set(re.findall(r'data-policy="(\d+)"', figure))
    return [
        (f"line {colour}", name) for colour, number, name in re.findall(
            r'<label class="([^"]*)"><input [^>]*data-toggles="(\d+)">.*?<span>(.*?)</span>', page) if number in drawn]


def key(figure):
    """The shades of a grid: class of the box and label."""
    shades = re.findall(r'<span><i class="([^"]*)"></i>(.*?)</span>', figure)
    return [(f"box {shade}", label) for shade, label in shades]


def legend(entries, y):
    drawn, x = "", MARGIN
    for shape, label in entries:
        mark = (
            f'<path class="{shape}" d="M{x} {y + 7}h26"/>' if shape.startswith("line")
            else f'<rect class="{shape}" x="{x}" y="{y}" width="13" height="13"/>')
        start = x + (33 if shape.startswith("line") else 19)
        drawn += f'{mark}<text class="entry" x="{start}" y="{y + 12}">{label}</text>'
        x = start + round(7.6 * len(html.unescape(label))) + 22
    return drawn, y + 28


def style(page, markup, theme):
    """The page's rules for what is in the picture, with the theme's colours."""
    sheet = re.search(r"<style>(.*?)</style>", page, re.S).group(1)
    dark = r"@media screen and \(prefers-color-scheme: dark\) \{ :root \{(.*?)\} \}"
    colours = re.findall(r"^\s*:root \{(.*?)\}", sheet, re.M)
    if theme == "dark":
        colours += re.findall(dark, sheet)
    values = dict(re.findall(r"--([a-z0-9-]+): ([^;]+);", " ".join(colours)))
    plain = re.sub(r"@media[^{]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}", "", sheet)
    here = {name for names in re.findall(r'class="([^"]*)"', markup) for name in names.split()}
    rules = []
    for selectors, body in re.findall(r"([^{}]+)\{([^{}]*)\}", plain):
        kept = [part.strip() for part in selectors.split(",") if applies(part.strip(), here)]
        if kept:
            rules.append(f"{','.join(kept)}{{{' '.join(body.split())}}}")
    rules.append(TEXTS)
    used = {name for name in values if f"var(--{name})" in "".join(rules)} | {"page", "rule"}
    root = "".join(f"--{name}:{values[name]};" for name in sorted(used) if name in values)
    return f"svg{{{root}}}" + "".join(rules)


def applies(selector, here):
    """Whether all that a selector names are marks of the picture: not the page's own elements, states or attributes."""
    if selector == ".plot" or re.search(r"[:\[]", selector):
        return False
    classes = re.findall(r"\.([\w-]+)", selector)
    elements = set(re.findall(r"(?<![\w.-])([a-z]\w*)", selector))
    return bool(classes) and set(classes) <= here and elements <= {"text", "path", "svg", "rect"}
