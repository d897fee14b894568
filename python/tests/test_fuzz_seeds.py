"""A fuzzer gets far only from inputs that readers take whole."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING

import pytest
from loopback.study import ROOT

import expert_replay

if TYPE_CHECKING:
    from pathlib import Path


pytestmark = pytest.mark.usefixtures("in_root")


def test_native_seeds_are_traces(tmp_path: Path) -> None:
    specification = importlib.util.spec_from_file_location("seeds", ROOT / "Tests/Fuzzing/seeds.py")
    assert specification
    assert specification.loader
    seeds = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(seeds)
    traces = seeds.TRACES["native"]
    assert len(traces) > 1
    for number, content in enumerate(traces):
        path = tmp_path / f"{number}.moetrace"
        path.write_bytes(content)
        assert expert_replay.inspect(path).trace["steps"] == 3
