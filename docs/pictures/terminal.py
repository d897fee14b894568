"""What a command prints on a terminal, as a picture."""
import fcntl
import html
import os
import pty
import re
import struct
import subprocess
import sys
import termios

SIZE, ADVANCE, LEADING, MARGIN = 13, 7.8, 19, 20
FONTS = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace"
# Of eight eighths, of seven, …
BLOCKS = "█▉▊▋▌▍▎▏"
THEMES = {
    "light": {"page": "#f6f8fa", "rule": "#d0d7de", "ink": "#1f2328", "soft": "#59636e",
              "31": "#b3261e", "32": "#116329", "33": "#7d4e00", "34": "#0550ae", "35": "#8250df", "36": "#1b7c83"},
    "dark": {"page": "#14171b", "rule": "#343a42", "ink": "#e9ebee", "soft": "#a3abb5",
             "31": "#ff8a80", "32": "#56d364", "33": "#e3b341", "34": "#79c0ff", "35": "#d2a8ff", "36": "#56d4dd"},
}


def output(command, columns, folder):
    """What the command prints on a terminal of so many columns; what it says on the side is left out."""
    primary, secondary = pty.openpty()
    fcntl.ioctl(secondary, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    environment = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
    process = subprocess.Popen(
        command, cwd=folder, stdin=subprocess.DEVNULL, stdout=secondary, stderr=subprocess.DEVNULL,
        env=dict(environment, TERM="xterm-256color", LC_ALL="C.UTF-8"))
    os.close(secondary)
    parts = []
    while True:
        try:
            part = os.read(primary, 65536)
        except OSError:
            break
        if not part:
            break
        parts.append(part)
    os.close(primary)
    if process.wait() != 0:
        sys.exit(f"{' '.join(command)}: exit status {process.returncode}")
    return b"".join(parts).decode("utf-8").replace("\r\n", "\n").rstrip("\n")


def picture(commands, shown, columns, theme):
    """The commands, and what the last one showed."""
    colours = THEMES[theme]
    width = round(columns * ADVANCE + 2 * MARGIN)
    rows, style = [], set()
    for command in commands:
        y = baseline(len(rows))
        rows.append(run(0, y, "$", "soft") + run(2, y, f"expert-replay {command}", "b"))
    for line in shown.split("\n"):
        rows.append(styled(line, baseline(len(rows)), style))
    height = len(rows) * LEADING + 2 * MARGIN - (LEADING - SIZE)
    used = {code for code in colours if code.isdigit() and f'a{code}"' in "".join(rows)}
    rules = "".join(f".a{code}{{fill:{colours[code]}}}" for code in sorted(used))
    label = html.escape("; ".join(f"expert-replay {command}" for command in commands))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-label="{label}">\n'
        f"<style>*{{fill:{colours['ink']}}}text{{font:{SIZE}px {FONTS};white-space:pre}}"
        f".soft{{fill:{colours['soft']}}}.b{{font-weight:600}}{rules}</style>\n"
        f'<rect x=".5" y=".5" width="{width - 1}" height="{height - 1}" rx="8" style="fill:{colours["page"]}" '
        f'stroke="{colours["rule"]}"/>\n' + "\n".join(row for row in rows if row) + "\n</svg>\n")


def baseline(row):
    return MARGIN + SIZE + row * LEADING - 2


def styled(line, y, style):
    """The line's words in their places; `style`, of SGR codes in force, goes on to the next one."""
    column, runs = 0, []
    for escape, text in re.findall(r"\x1b\[([0-9;]*)m|([^\x1b]+)", line):
        if not text:
            for code in escape.split(";"):
                style.add(code) if code.strip("0") else style.clear()
            continue
        colour = [f"a3{code[-1]}" for code in sorted(style) if re.fullmatch("[39][1-6]", code)]
        classes = " ".join(["b"] * ("1" in style) + ["soft"] * (not style.isdisjoint({"2", "90"})) + colour)
        for word in re.finditer(f"[{BLOCKS}]+|[^\\s{BLOCKS}]+(?: [^\\s{BLOCKS}]+)*", text):
            draw = bar if word.group()[0] in BLOCKS else run
            runs.append(draw(column + word.start(), y, word.group(), classes))
        column += len(text)
    return "".join(runs)


def run(column, y, text, style):
    """Text as wide as its characters, whatever font there is."""
    return (
        f'<text{of(style)} x="{place(MARGIN + column * ADVANCE)}" y="{y}" textLength="{place(len(text) * ADVANCE)}">'
        f"{html.escape(text, quote=False)}</text>")


def bar(column, y, text, style):
    """Block characters, which fonts draw with gaps."""
    eighths = sum(8 - BLOCKS.index(character) for character in text)
    return (
        f'<rect{of(style)} x="{place(MARGIN + column * ADVANCE)}" y="{y - 11}" '
        f'width="{place(eighths / 8 * ADVANCE)}" height="14"/>')


def of(style):
    return f' class="{style}"' if style else ""


def place(value):
    return f"{value:.1f}".rstrip("0").rstrip(".")
