#!/usr/bin/env python3
"""Instructions of the inner loops, held against `instructions.toml`: `instructions.py EXPERT-REPLAY [--only TEXT] [--rewrite]`.

A command runs on few units of work and on more; what the second run takes beyond the first, by unit, is free of what
starting costs. One thread counts, and no clock: numbers are the same on a busy machine. Counted by perf where it has the
processor's counter, else by valgrind.
"""

import argparse
import concurrent.futures
import os
import pathlib
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib

import recordings

FOLDER = pathlib.Path(__file__).resolve().parent
TABLE = FOLDER / "instructions.toml"
ENVIRONMENT = {**os.environ, "EXPERT_REPLAY_HOME": str(FOLDER.parent), "SWIFT_DETERMINISTIC_HASHING": "1"}


class Counter:
    """Counts the instructions of a command."""

    def __init__(self, tool, folder):
        self.tool, self.folder = str(pathlib.Path(tool).resolve()), folder
        probe = subprocess.run(["perf", "stat", "-e", "instructions:u", "true"], capture_output=True, text=True) \
            if shutil.which("perf") else None
        self.kind = "perf" if probe and probe.returncode == 0 and "not supported" not in probe.stderr else None
        if not self.kind and shutil.which("valgrind") and shutil.which("objcopy"):
            # valgrind stumbles over Swift's debug information.
            self.kind = "valgrind"
            self.bare = os.path.join(folder, "expert-replay")
            subprocess.run(["objcopy", "--strip-debug", self.tool, self.bare], check=True)

    def count(self, words):
        if self.kind == "perf":
            words = ["perf", "stat", "-x,", "-e", "instructions:u", self.tool, *words]
            pattern = r"^(\d+),"
        else:
            words = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null",
                     self.bare, *words]
            pattern = r"I\s+refs:\s+([\d,]+)"
        done = subprocess.run(words, cwd=self.folder, env=ENVIRONMENT, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True)
        found = re.search(pattern, done.stderr, re.MULTILINE)
        if done.returncode != 0 or not found:
            sys.exit(f"{' '.join(words)}\n{done.stderr}")
        return int(found[1].replace(",", ""))


def prepare(tool, folder, table):
    """Writes the files, workloads and recordings of the table, and a plan."""
    for name, text in table["files"].items():
        pathlib.Path(folder, name).write_text(text)
    for name, text in table["workloads"].items():
        for steps in table["steps"]:
            pathlib.Path(folder, f"{name}.yaml").write_text(f"name: {name}\nsteps: {steps}\n" + text)
            subprocess.run([tool, "generate", f"{name}.yaml", "-o", f"{name}-{steps}.moetrace"],
                           cwd=folder, env=ENVIRONMENT, check=True, capture_output=True)
            subprocess.run([tool, "convert", f"{name}-{steps}.moetrace", "-o", f"{name}-{steps}.jsonl"],
                           cwd=folder, env=ENVIRONMENT, check=True, capture_output=True)
            recordings.write_all(folder, f"{name}-{steps}")
    subprocess.run([tool, *table["plan"].split()], cwd=folder, env=ENVIRONMENT, check=True, capture_output=True)


def names(tool, words):
    """The names that an option has, of the line that a wrong one is refused by; those of a list otherwise."""
    done = subprocess.run([tool, *words], env=ENVIRONMENT, capture_output=True, text=True)
    known = re.search(r"known: ([^;\n]*)", done.stderr)
    return known[1].split(", ") if known else [line.split()[0] for line in done.stdout.splitlines()]


def missing(tool, table):
    """Names of registries that no row measures."""
    for group in table["groups"]:
        if "registry" in group:
            there = set(group["counts"]) | set(group.get("without", {}))
            for name in names(tool, group["registry"].format(home=FOLDER.parent).split()):
                if name not in there:
                    yield group["name"], name


def measure(tool, only=""):
    """Rows of `(group, name, count by unit, stored count, how many times that it may be)`; lines on what is missing; and
    what counted."""
    table = tomllib.loads(TABLE.read_text())
    if platform.machine() != table["machine"]:
        return [], [f"instructions were not counted: those of {TABLE.name} are of {table['machine']}"], None
    with tempfile.TemporaryDirectory(prefix="instructions-") as folder:
        counter = Counter(tool, folder)
        if not counter.kind:
            return [], ["instructions were not counted: neither perf nor valgrind (with objcopy) can do it here"], None
        tool = counter.tool
        gaps = [f"{group}: no count of {name} in {TABLE.name}" for group, name in missing(tool, table)]
        prepare(tool, folder, table)
        few, many = table["steps"]
        jobs = [(group, name) for group in table["groups"] for name in group["counts"]
                if only in f"{group['name']} {name}"]

        def by_unit(job):
            group, name = job
            command = group.get("commands", {}).get(name, group["command"])
            taken = [counter.count(command.format(name=name, steps=steps).split()) for steps in (few, many)]
            return (taken[1] - taken[0]) / ((many - few) * table["unitsPerStep"])

        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            found = list(pool.map(by_unit, jobs))
    return [(group["name"], name, count, group["counts"][name], table["most"]) for (group, name), count
            in zip(jobs, found)], gaps, counter.kind


def row(group, name, count, stored, most):
    """A row of the table that `make bench` ends in."""
    return f"| {group}: {name} | {count:.1f} instructions | {stored} stored | {count / stored:.2f} | at most {most} |"


def failures(rows):
    for group, name, count, stored, most in rows:
        if count > stored * most:
            yield f"{group}: {name} takes {count:.1f} instructions by token and layer, at most {stored * most:.1f} " \
                f"({most} times the {stored} of {TABLE.name})"


def end(rows, gaps):
    """Leaves with 1 where a count is above its threshold or missing."""
    for line in (wrong := gaps + list(failures(rows))):
        print(line, file=sys.stderr)
    sys.exit(1 if wrong and rows else 0)


def rewrite(rows):
    lines, group = TABLE.read_text().splitlines(), ""
    found = {(group, name): count for group, name, count, _, _ in rows}
    for place, line in enumerate(lines):
        if heading := re.fullmatch(r'name = "(.*)"', line):
            group = heading[1]
        entry = re.fullmatch(r'("?)([^"=]+)\1 = [\d.]+', line)
        if entry and (group, entry[2]) in found:
            lines[place] = f"{entry[1]}{entry[2]}{entry[1]} = {found[group, entry[2]]:.1f}"
    TABLE.write_text("\n".join(lines) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("tool")
    parser.add_argument("--only", default="", help="rows whose names hold this")
    parser.add_argument("--rewrite", action="store_true", help="store what was counted")
    options = parser.parse_args()
    rows, gaps, kind = measure(options.tool, options.only)
    print(f"| by token and layer, counted by {kind} | now | against | ratio | |\n|:--|--:|:--|--:|--:|")
    for entry in rows:
        print(row(*entry))
    if options.rewrite:
        return rewrite(rows)
    end(rows, gaps)


if __name__ == "__main__":
    main()
