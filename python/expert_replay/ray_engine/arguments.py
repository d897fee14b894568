"""The command line."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from expert_replay import binary
from expert_replay.complaint import Parser, fail
from expert_replay.errors import ExpertReplayError

if TYPE_CHECKING:
    from collections.abc import Callable


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
    parser = Parser(
        prog="python3 -m expert_replay.ray_engine",
        description="Run the jobs of a study on Ray, and collect their results.",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("manifest", type=Path, help="what study plan wrote")
    add("--results", type=Path, help="the folder of the results (default: the manifest's name with .results)")
    add("--store", type=Path, help="where they are collected (default: the manifest's name with .sqlite)")
    add("--binary", help="the command (default: that of the installed wheel, else that on PATH)")
    add("--worker-binary", help="where workers find it, if neither there nor in a wheel of their own")
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
        try:
            arguments.binary = binary.find()
        except ExpertReplayError as error:
            fail(f"{error}; or name it with --binary", error.status)
    if arguments.ship and arguments.worker_binary:
        fail("--ship sends the command: leave out --worker-binary", os.EX_USAGE)
    return arguments
