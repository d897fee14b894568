"""Files of both writers, of both formats, are the same bytes, and hold the arrays that were written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from loopback.study import ROOT
from traces.command import convert, run
from traces.random_trace import random_trace

from expert_replay.trace import Step, TraceHeader, open_trace, read_trace, write_trace

if TYPE_CHECKING:
    from pathlib import Path

SEEDS = range(32)


@pytest.mark.parametrize("seed", SEEDS)
def test_python_to_swift_to_python_is_the_same_arrays_and_bytes(seed: int, tmp_path: Path) -> None:
    trace = random_trace(seed)
    native, lines = tmp_path / "a.moetrace", tmp_path / "a.jsonl"
    write_trace(native, trace.header, trace)
    write_trace(lines, trace.header, trace)
    assert read_trace(native) == read_trace(lines) == trace
    convert(native, tmp_path / "b.jsonl")
    assert (tmp_path / "b.jsonl").read_text() == lines.read_text()
    convert(tmp_path / "b.jsonl", tmp_path / "b.moetrace")
    assert (tmp_path / "b.moetrace").read_bytes() == native.read_bytes()
    assert read_trace(tmp_path / "b.jsonl") == trace


@pytest.mark.parametrize("path", sorted((ROOT / "traces").glob("*.moetrace")), ids=lambda path: path.stem)
def test_shipped_traces_are_written_again_byte_by_byte(path: Path, tmp_path: Path) -> None:
    trace = read_trace(path)
    write_trace(tmp_path / "a.moetrace", trace.header, trace)
    assert (tmp_path / "a.moetrace").read_bytes() == path.read_bytes()


def test_compressed_lines_are_the_same_bytes(tmp_path: Path) -> None:
    trace = random_trace(2)
    write_trace(tmp_path / "a.moetrace", trace.header, trace)
    write_trace(tmp_path / "a.jsonl.gz", trace.header, trace)
    convert(tmp_path / "a.moetrace", tmp_path / "b.jsonl.gz")
    assert (tmp_path / "a.jsonl.gz").read_bytes() == (tmp_path / "b.jsonl.gz").read_bytes()
    assert read_trace(tmp_path / "a.jsonl.gz") == trace


def test_the_command_digests_both_writers_files_to_one_name(tmp_path: Path) -> None:
    trace = random_trace(4)
    write_trace(tmp_path / "a.moetrace", trace.header, trace)
    convert(tmp_path / "a.moetrace", tmp_path / "b.moetrace")
    (tmp_path / "b.moetrace").replace(tmp_path / "c.moetrace")
    shown = [run("inspect", str(tmp_path / name), "--format", "json") for name in ("a.moetrace", "c.moetrace")]
    assert shown[0] == shown[1]


def test_steps_are_read_lazily_and_by_place(tmp_path: Path) -> None:
    path = ROOT / "traces/gpt-oss-20b-like.moetrace"
    whole = read_trace(path)
    part = open_trace(path, slice(200, 203))
    assert [step.index for step in part] == [step.index for step in whole][200:203]
    assert list(part) == list(whole)[200:203]
    assert [step.index for step in open_trace(path, slice(279, None))] == [279, 280]
    # A file cut within its last steps is whole up to there.
    cut = tmp_path / "cut.moetrace"
    cut.write_bytes(path.read_bytes()[:-2000])
    assert next(iter(open_trace(cut))) == whole[0]


def test_a_step_is_written_from_arrays_of_any_whole_number(tmp_path: Path) -> None:
    header = TraceHeader(layers=1, experts_per_layer=300, top_k=2)
    experts = [[[299, 0], [5, 6]]]
    steps = [
        Step(0, np.array(experts, np.int64), token_ids=np.array([7, 8], np.int64)),
        Step(np.int32(1), experts, weights=[[[0.5, 0.25], [1, 0]]]),  # type: ignore[arg-type]
    ]
    write_trace(tmp_path / "a.moetrace", header, steps)
    first, second = read_trace(tmp_path / "a.moetrace")
    assert first.experts is not None
    assert first.experts.dtype == np.uint16
    assert first.experts.tolist() == experts
    assert first.token_ids is not None
    assert first.token_ids.tolist() == [7, 8]
    assert second.weights is not None
    assert second.weights.tolist() == [[[0.5, 0.25], [1, 0]]]


def test_loads_count_visits() -> None:
    step = Step(0, np.array([[[0, 2], [2, 1]], [[1, 0], [0, 1]]]))
    assert step.loads(4).tolist() == [[1, 1, 2, 0], [2, 2, 0, 0]]
    assert step.tokens == 2


def test_members_are_cut_as_the_command_cuts_them(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    header = TraceHeader(layers=4, experts_per_layer=64, top_k=4)
    steps = [Step(n, np.argsort(random.random((4, 20_000, 64)))[..., :4], phase="prefill") for n in range(8)]
    write_trace(tmp_path / "a.moetrace", header, steps)
    convert(tmp_path / "a.moetrace", tmp_path / "b.moetrace")
    assert (tmp_path / "a.moetrace").read_bytes() == (tmp_path / "b.moetrace").read_bytes()
    assert (tmp_path / "a.moetrace").read_bytes().count(b"ER\x10\x00") >= 4
