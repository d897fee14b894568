"""The command, run on files."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from loopback.study import BINARY, ROOT

if TYPE_CHECKING:
    from pathlib import Path


def convert(source: Path, target: Path) -> None:
    """Have the command write a trace anew, in the format of the target's name."""
    run("convert", str(source), "--from", "trace", "-o", str(target))


def run(*words: str) -> str:
    """Return what the command prints; AssertionError with its line where it fails."""
    ended = subprocess.run([BINARY, *words], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def refusal(trace: Path) -> str:
    """Return the line in which the command refuses a trace, without its name."""
    words = [BINARY, "convert", str(trace), "--from", "trace", "-o", str(trace.with_name("out.moetrace"))]
    ended = subprocess.run(words, capture_output=True, text=True, check=False)
    assert ended.returncode == 65, (ended.returncode, ended.stderr)
    return ended.stderr.removeprefix("expert-replay: ").rstrip("\n")
