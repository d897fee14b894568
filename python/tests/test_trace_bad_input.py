"""What is no trace is one line, the same that the command says."""

from __future__ import annotations

import gzip
import json
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from loopback.study import ROOT
from traces.command import refusal

from expert_replay.trace import (
    Provenance,
    Step,
    TraceError,
    TraceHeader,
    TraceWriter,
    open_trace,
    read_trace,
    write_trace,
)
from expert_replay.trace.gzip_members import deflate

if TYPE_CHECKING:
    from collections.abc import Callable

HEADER = {"format": "moe-routing-trace", "version": 1, "layers": 2, "experts": 8, "topK": 2, "content": "tokens"}
COUNTS = {"format": "moe-routing-trace", "version": 1, "layers": 1, "experts": 2, "topK": 2, "content": "counts"}
ROWS: list[dict[str, Any]] = [
    {"step": 0, "layer": 0, "experts": [[1, 5], [2, 7]], "source": [0, 1]},
    {"step": 0, "layer": 1, "experts": [[0, 3], [2, 6]]},
    {"step": 4, "layer": 0, "experts": [[1, 5]]},
    {"step": 4, "layer": 1, "experts": [[0, 3]]},
]


def lines(*rows: object) -> bytes:
    return b"".join(row if isinstance(row, bytes) else f"{json.dumps(row)}\n".encode() for row in rows)


def changed(number: int, **members: object) -> bytes:
    """Return the rows with some members of one changed, those that are None left out."""
    rows = [dict(row) for row in ROWS]
    rows[number] = {key: value for key, value in (rows[number] | members).items() if value is not None}
    return lines(HEADER, *rows)


def frame(step: int, tokens: int, body: bytes, kind: int = 1, phase: int = 0, parts: int = 0) -> bytes:
    return struct.pack("<IBBBBQQ", 24 + len(body), kind, phase, parts, 0, step, tokens) + body


def native(*frames: bytes, first: int = 0, end: tuple[int, int] = (1, 1), header: object = None) -> bytes:
    members = [deflate(lines(header or HEADER), 0, 0), deflate(b"".join(frames), first, len(frames))]
    return b"".join(members) + deflate(frame(*end, b"", kind=3), end[0], 0)


GOOD = frame(0, 1, bytes([1, 2, 3, 4]))
SHIPPED = (ROOT / "traces/decode-256.moetrace").read_bytes()

SAME_LINE = {
    "header of another format": lines(HEADER | {"format": "x"}),
    "version": lines(HEADER | {"version": 2}),
    "no layers": lines({key: value for key, value in HEADER.items() if key != "layers"}),
    "no top-k": lines({key: value for key, value in HEADER.items() if key != "topK"}),
    "many layers": lines(HEADER | {"layers": 4097}),
    "many experts": lines(HEADER | {"experts": 65537}),
    "many experts in all": lines(HEADER | {"layers": 4096, "experts": 129}),
    "top-9 of 8": lines(HEADER | {"topK": 9}),
    "groups": lines(HEADER | {"groups": 3}),
    "layer numbers": lines(HEADER | {"layerNumbers": [3]}),
    "layer numbers descend": lines(HEADER | {"layerNumbers": [3, 2]}),
    "empty": b"",
    "something else": b"PK\x03\x04 and so on",
    "no step": lines(HEADER),
    "missing layer": lines(HEADER, ROWS[0], ROWS[2]),
    "missing first layer": lines(HEADER, ROWS[1]),
    "missing last layer": lines(HEADER, *ROWS[:3]),
    "layer twice": lines(HEADER, ROWS[0], ROWS[1], ROWS[1]),
    "layer 2 of 2": lines(HEADER, ROWS[0], ROWS[1], ROWS[1] | {"layer": 2}),
    "steps descend": lines(HEADER, *ROWS[2:], *ROWS[:2]),
    "tokens differ": changed(1, experts=[[0, 3]]),
    "expert twice": changed(3, experts=[[3, 3]]),
    "sources for other tokens": changed(1, source=[0, 2]),
    "weights on some layers": changed(0, weights=[[1, 0], [1, 0]]),
    "no experts": changed(3, experts=None),
    "phase elsewhere": changed(1, phase="decode"),
    "no tokens": lines(HEADER, ROWS[0] | {"experts": [], "source": []}, ROWS[1] | {"experts": []}),
    "infinite weight": lines(
        HEADER | {"layers": 1}, {"step": 0, "layer": 0, "experts": [[1, 2]], "weights": [[1e300, 0]]}
    ),
    "no counts": lines(COUNTS, {"step": 3, "layer": 0, "counts": [0, 0]}),
    "absurd count": lines(COUNTS, {"step": 3, "layer": 0, "counts": [1, (1 << 40) + 1]}),
    "native: expert 8 of 8": native(frame(0, 1, bytes([1, 2, 3, 8]))),
    "native: expert twice": native(frame(7, 1, bytes([1, 2, 4, 4]))),
    "native: kind": native(frame(0, 1, bytes(4), kind=9)),
    "native: counts in tokens": native(frame(0, 1, bytes(4), kind=2)),
    "native: phase": native(frame(0, 1, bytes([1, 2, 3, 4]), phase=4)),
    "native: parts": native(frame(0, 1, bytes([1, 2, 3, 4]), parts=32)),
    "native: length": native(frame(0, 2, bytes([1, 2, 3, 4]))),
    "native: cut": native(GOOD[:20]),
    "native: longer than its member": native(b"\x40\x00\x00\x00" + GOOD[4:]),
    "native: step number": native(frame(1 << 63, 1, bytes([1, 2, 3, 4]))),
    "native: steps equal": native(GOOD, GOOD, end=(2, 2)),
    "native: member of another step": native(GOOD, first=3),
    "native: closes with other steps": native(GOOD, end=(2, 1)),
    "native: closes with other tokens": native(GOOD, end=(1, 9)),
    "native: garbage after it": native(GOOD) + b"more",
    "native: a member without ER": deflate(lines(HEADER), 0, 0) + gzip.compress(GOOD),
    "native: no closing member": SHIPPED[:-61],
    "native: header": native(GOOD, header=HEADER | {"layers": 0}),
    "native: no header": deflate(GOOD, 0, 1),
    "native: not a line": deflate(b"{}", 0, 0),
    "native: infinite weight": native(
        frame(0, 1, bytes([1, 2, 3, 4]) + np.array([1, 1, np.nan, 1], "<f4").tobytes(), parts=8)
    ),
}

# Of these the command says at which column it stopped.
ALIKE: dict[str, tuple[bytes, str]] = {
    "unknown key": (changed(2, exprets=[]), "line 4, step 4, layer 0: unknown key 'exprets'; did you mean 'experts'?"),
    "unknown key of the header": (lines(HEADER | {"top_k": 2}), "line 1: unknown key 'top_k'; did you mean 'topK'?"),
    "unknown phase": (changed(2, phase="decoding"), "unknown 'decoding'; did you mean 'decode'?"),
    "expert 8 of 8": (
        changed(3, experts=[[1, 8]]),
        "line 5, step 4, layer 1: expert 8, expected an id below 8",
    ),
    "three experts": (changed(3, experts=[[1, 2, 3]]), "layer 1: token 0: 3 experts, expected top-2"),
    "no layer": (changed(3, layer=None), "line 5, step 4: needs 'step' and 'layer', both 0 or more"),
    "counts": (changed(3, counts=[1]), "line 5, step 4, layer 1: 'counts' in a trace whose content is tokens"),
    "no whole number": (changed(3, step=1.5), "line 5: 'step': expected a whole number"),
    "true": (changed(3, experts=[[1, True]]), "'experts': expected a whole number"),
    "negative": (changed(0, source=[-1, 0]), "'source': a number outside 0…4294967295"),
    "key twice": (lines(HEADER, b'{"step":0,"step":0}\n'), "line 2: 'step' is given twice"),
    "NaN": (lines(HEADER, b'{"step":NaN}\n'), "line 2: expected a number, not NaN"),
    "not UTF-8": (lines(HEADER, b'{"\xff":0}\n'), "line 2: not UTF-8"),
    "cut line": (lines(HEADER, b'{"step":0,'), "line 2: column "),
    "fewer weights": (
        lines(HEADER | {"layers": 1}, {"step": 0, "layer": 0, "experts": [[1, 2]], "weights": [[1]]}),
        "token 0: 1 weights, expected top-2",
    ),
    "corrupt": (SHIPPED[:5000] + b"\0" * 9 + SHIPPED[5009:], "corrupt gzip member"),
    "truncated": (SHIPPED[:-100], "truncated"),
    "truncated lines": (gzip.compress(lines(HEADER, *ROWS))[:-9], "corrupt gzip data"),
    "bomb": (gzip.compress(lines(HEADER, b"[" * (33 << 20))), "line 2: longer than 33554432 bytes"),
}


def written(content: bytes, folder: Path) -> Path:
    (folder / "t").write_bytes(content)
    return folder / "t"


@pytest.mark.parametrize("content", SAME_LINE.values(), ids=SAME_LINE.keys())
def test_the_line_is_the_commands(content: bytes, tmp_path: Path) -> None:
    trace = written(content, tmp_path)
    with pytest.raises(TraceError) as caught:
        read_trace(trace)
    assert str(caught.value) == refusal(trace)


@pytest.mark.parametrize(("content", "expected"), ALIKE.values(), ids=ALIKE.keys())
def test_what_the_command_refuses_is_refused(content: bytes, expected: str, tmp_path: Path) -> None:
    trace = written(content, tmp_path)
    with pytest.raises(TraceError) as caught:
        read_trace(trace)
    line = str(caught.value)
    assert line.startswith(f"{trace}: ")
    assert expected in line
    assert "\n" not in line
    refusal(trace)


def test_a_file_that_is_missing_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"none\.moetrace"):
        open_trace(tmp_path / "none.moetrace")


@pytest.mark.parametrize("steps", [slice(0, 25), slice(24, None)])
def test_steps_that_are_not_there(steps: slice) -> None:
    with pytest.raises(TraceError, match=r"no steps .*, the trace has fewer"):
        read_trace(ROOT / "traces/decode-256.moetrace", steps)


@pytest.mark.parametrize("steps", [slice(3, 3), slice(-1, None), slice(0, 9, 2)])
def test_places_that_are_none(steps: slice) -> None:
    with pytest.raises(ValueError, match="expected places that ascend"):
        open_trace(ROOT / "traces/decode-256.moetrace", steps)


SHAPE = TraceHeader(layers=2, experts_per_layer=8, top_k=2)
EXPERTS = np.array([[[1, 2]], [[3, 4]]])

REFUSED: dict[str, tuple[Step, str]] = {
    "shape": (Step(1, EXPERTS[0]), "experts of shape (1, 2), expected (2, tokens, 2)"),
    "no tokens": (Step(1, EXPERTS[:, :0]), "no tokens"),
    "expert": (Step(1, EXPERTS * 2), "layer 1: token 0: expert 8, expected an id below 8"),
    "negative": (Step(1, EXPERTS - 2), "layer 0: token 0: expert -1, expected an id below 8"),
    "sequences": (Step(1, EXPERTS, sequences=np.array([1, 2])), "sequences of shape (2,) for 1 tokens"),
    "token": (Step(1, EXPERTS, token_ids=np.array([1 << 32])), "token ids: 4294967296, expected 0…4294967295"),
    "weights": (Step(1, EXPERTS, weights=np.zeros((2, 1, 1))), "weights of shape (2, 1, 1) for experts of shape"),
    "weight": (Step(1, EXPERTS, weights=np.full((2, 1, 2), 1e300)), "layer 0: token 0: weight inf, expected a finite"),
    "counts": (Step(1, counts=np.ones((2, 8))), "a step of a tokens trace holds experts, and no counts"),
    "phase": (Step(1, EXPERTS, phase="warmup"), "unknown 'warmup'; known: decode, mixed, prefill"),  # type: ignore[arg-type]
    "before": (Step(0, EXPERTS), "step 0: follows step 0; steps must ascend"),
}


@pytest.mark.parametrize("suffix", ["moetrace", "jsonl"])
def test_a_step_that_is_refused_leaves_the_trace_as_it_was(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"t.{suffix}"
    with TraceWriter(path, SHAPE) as writer:
        writer.append(Step(0, EXPERTS))
        for step, expected in REFUSED.values():
            with pytest.raises(TraceError) as caught:
                writer.append(step)
            assert str(caught.value).startswith(f"{path}: step {step.index}")
            assert expected in str(caught.value)
        with pytest.raises(TypeError, match="experts: expected whole numbers, not float64"):
            writer.append(Step(1, EXPERTS * 1.0))
        writer.append(Step(1, EXPERTS))
    assert [step.index for step in read_trace(path)] == [0, 1]


def fail(writer: TraceWriter) -> None:
    writer.append(Step(0, EXPERTS))
    raise KeyError


def nothing(writer: TraceWriter) -> None:
    assert writer.steps == 0


@pytest.mark.parametrize(("body", "error"), [(fail, KeyError), (nothing, TraceError)])
def test_a_file_appears_whole_or_not_at_all(
    body: Callable[[TraceWriter], None], error: type[Exception], tmp_path: Path
) -> None:
    with pytest.raises(error), TraceWriter(tmp_path / "t.moetrace", SHAPE) as writer:
        body(writer)
    assert list(tmp_path.iterdir()) == []


def test_a_header_that_no_trace_has(tmp_path: Path) -> None:
    with pytest.raises(TraceError, match="top-9, expected 1…8"):
        TraceHeader(layers=2, experts_per_layer=8, top_k=9)
    with pytest.raises(TraceError, match="unknown 'copied'; known: recorded, synthetic"):
        write_trace(tmp_path / "t", TraceHeader(1, 8, 2, provenance=Provenance("copied")), [])


def test_what_is_no_file_is_not_replaced(tmp_path: Path) -> None:
    with pytest.raises(FileExistsError, match="not a file that could be replaced"):
        TraceWriter(tmp_path, SHAPE)
    assert Path("/dev/null").is_char_device()
    with pytest.raises(FileExistsError, match="/dev/null"):
        TraceWriter("/dev/null", SHAPE)


def test_a_closed_writer_takes_no_steps(tmp_path: Path) -> None:
    with TraceWriter(tmp_path / "t", SHAPE) as writer:
        writer.append(Step(0, EXPERTS))
        writer.finish()
    with pytest.raises(ValueError, match="the trace is closed"):
        writer.append(Step(1, EXPERTS))
    with pytest.raises(ValueError, match="the trace is closed"):
        writer.finish()
