"""What the readers beside this file share: options, and writing a validation table (its form: docs/measuring.md)."""

import argparse
import sys


def parser(description):
    options = argparse.ArgumentParser(description=description)
    options.add_argument("logs", nargs="+", help="files with what the benchmark printed, or - for standard input")
    options.add_argument("--on", action="append", required=True, metavar="KEY=VALUE",
                         help="what the rows were measured on, as cluster=mine.yaml, or gpu=h100 and kernel=nccl")
    options.add_argument("--source", required=True, help="where the figures are from: software, versions, machine")
    options.add_argument("-o", "--output", default="-", help="the table")
    return options


def lines(paths):
    """(path, number, line) of all files, in their order."""
    for path in paths:
        try:
            text = sys.stdin.read() if path == "-" else open(path, encoding="utf-8", errors="replace").read()
        except OSError as error:
            fail(f"{path}: {error.strerror}")
        for number, line in enumerate(text.splitlines(), 1):
            yield path, number, line


def fail(message):
    sys.exit(message)


def note(message):
    print(message, file=sys.stderr)


def write(options, front, columns, rows):
    """`front`: (key, value) pairs as YAML; `rows`: dictionaries by column."""
    if not rows:
        fail(f"{', '.join(options.logs)}: no line of a measurement")
    pairs = [("source", quoted(options.source))]
    for entry in options.on:
        key, separator, value = entry.partition("=")
        if not separator or not key or not value:
            fail(f"--on {entry}: expected KEY=VALUE")
        pairs.append((key, quoted(value)))
    text = "".join(f"# {key}: {value}\n" for key, value in pairs + front)
    text += ",".join(columns) + "\n"
    text += "".join(",".join(cell(row[column]) for column in columns) + "\n" for row in rows)
    if options.output == "-":
        sys.stdout.write(text)
    else:
        with open(options.output, "w", encoding="utf-8") as file:
            file.write(text)


def quoted(text):
    return "'" + " ".join(text.split()).replace("'", "''") + "'"


def cell(value):
    return f"{value:.6g}" if isinstance(value, float) else str(value)
