"""The command, and a study that takes it seconds."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent.parent
BINARY = os.environ.get("EXPERT_REPLAY_BINARY", str(ROOT / ".build/release/expert-replay"))

STUDY = """
name: small
traces: [traces/decode-256.moetrace, traces/hot-cold.moetrace]
clusters: [h100-cx7]
ranks: [8, 16]
policies: [greedy, {policy: eplb, grid: {window: [2, 4], steps: [2, 4]}}]
seeds: [0, 1]
options: {steps: "0:12"}
"""


class Study:
    """A manifest of 40 jobs, with what `study run` makes of it, in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manifest = folder / "small.jsonl"
        (folder / "small.yaml").write_text(STUDY)
        self.command("plan", folder / "small.yaml", "--bundle", "1", "--sample", "0", "-o", self.manifest)
        self.command("run", self.manifest)
        self.rows = rows(folder / "small.sqlite")

    @staticmethod
    def command(*words: str | Path) -> None:
        """Run a subcommand of `study`."""
        subprocess.run([BINARY, "study", *map(str, words)], cwd=ROOT, capture_output=True, check=True)


def rows(store: Path) -> list[tuple[object, ...]]:
    """Every replay of a store and every value that was changed in one."""
    with sqlite3.connect(f"file:{store}?mode=ro", uri=True) as connection:
        replays = connection.execute("SELECT * FROM replays ORDER BY key").fetchall()
        return replays + connection.execute("SELECT * FROM settings ORDER BY key, axis, name").fetchall()


def submit(
    manifest: Path, *words: str, folder: Path, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Have the engine run a manifest, with its results and its store in a folder."""
    command = [sys.executable, "-m", "expert_replay.ray_engine", str(manifest), "--binary", BINARY]
    places = ["--results", str(folder / "results"), "--store", str(folder / "store.sqlite")]
    return subprocess.run(
        [*command, *places, *words],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT / "python")} | (environment or {}),
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )


def stand_in(folder: Path, body: str) -> str:
    """Return a program for workers that is the command but for some lines of shell before it; they see `$NODE`."""
    script = folder / "stand-in"
    script.write_text(f'#!/bin/sh\n{body}\nexec {BINARY} "$@"\n')
    script.chmod(0o755)
    return str(script)
