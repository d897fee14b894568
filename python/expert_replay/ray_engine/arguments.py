"""The command line."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, as the command does."""

    def error(self, message: str) -> NoReturn:
        fail(f"{message}; see --help", os.EX_USAGE)


def fail(message: str, status: int = os.EX_NOINPUT) -> NoReturn:
    """End with one line on standard error."""
    print("expert-replay: " + " ".join(message.split("\n")), file=sys.stderr)
    sys.exit(status)


def _count(least: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        value = int(text)
        if value < least:
            raise argparse.ArgumentTypeError(f"{value}, expected {least} or more")
        return value

    return number


class Arguments(argparse.Namespace):
    """What the command line says."""

    manifest: Path
    results: Path
    store: Path
    binary: str
    worker_binary: str | None
    address: str | None
    workers: int | None
    retries: int
    ship: bool
    gather: bool


def parse(words: list[str] | None = None) -> Arguments:
    """Parse the command line; ends with status 64 for one that is wrong."""
    parser = _Parser(
        prog="python3 -m expert_replay.ray_engine",
        description="Run the jobs of a study on Ray, and collect their results.",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("manifest", type=Path, help="what study plan wrote")
    add("--results", type=Path, help="the folder of the results (default: the manifest's name with .results)")
    add("--store", type=Path, help="where they are collected (default: the manifest's name with .sqlite)")
    add("--binary", default=shutil.which("expert-replay"), help="the command (default: that on PATH)")
    add("--worker-binary", help="where workers find it, if elsewhere")
    add("--address", default=os.environ.get("RAY_ADDRESS"), help="of Ray (default: $RAY_ADDRESS, else one of its own)")
    add("--workers", type=_count(1), help="the most jobs at a time (default: Ray's cores)")
    add("--retries", type=_count(0), default=3, help="how often a job is run again whose worker died (default: 3)")
    add("--ship", action="store_true", help="send command, presets and traces to workers by Ray's runtime environment")
    add("--gather", action="store_true", help="take results from workers by Ray's object store, not shared storage")
    arguments = parser.parse_args(words, Arguments())
    stem = arguments.manifest.with_suffix("") if arguments.manifest.suffix == ".jsonl" else arguments.manifest
    arguments.results = arguments.results or Path(f"{stem}.results")
    arguments.store = arguments.store or Path(f"{stem}.sqlite")
    if not arguments.binary:
        fail("expert-replay is not on PATH: name it with --binary")
    if arguments.ship and arguments.worker_binary:
        fail("--ship sends the command: leave out --worker-binary", os.EX_USAGE)
    return arguments
