"""Reads a trace: all of it, or lazily step by step."""

from __future__ import annotations

import gzip
import os
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from expert_replay.trace import gzip_members
from expert_replay.trace.error import TraceError
from expert_replay.trace.gzip_members import Member
from expert_replay.trace.json_lines_reader import JSONLinesDecoder
from expert_replay.trace.native_reader import NativeDecoder
from expert_replay.trace.step_checks import MAXIMUM_VISITS_IN_ALL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from expert_replay.trace.header import TraceHeader
    from expert_replay.trace.step import Step


class _Decoder(Protocol):
    header: TraceHeader

    def steps(self, first: int, end: int | None) -> Iterator[Step]: ...


@dataclass(frozen=True)
class _Described:
    header: TraceHeader

    @property
    def layers(self) -> int:
        """MoE layers."""
        return self.header.layers

    @property
    def experts_per_layer(self) -> int:
        """Logical experts of each MoE layer."""
        return self.header.experts_per_layer

    @property
    def top_k(self) -> int | None:
        """Experts per token; None where a trace of counts does not say it."""
        return self.header.top_k


@dataclass(frozen=True)
class Trace(_Described):
    """A trace in memory; iterates over its steps."""

    steps: tuple[Step, ...]

    def __iter__(self) -> Iterator[Step]:
        """Yield each step."""
        return iter(self.steps)

    def __len__(self) -> int:
        """Return the number of steps."""
        return len(self.steps)

    def __getitem__(self, ordinal: int) -> Step:
        """Return a step by its place in the trace, from 0."""
        return self.steps[ordinal]


@dataclass(frozen=True)
class StoredTrace(_Described):
    """A trace on disk; each iteration reads it anew, a step at a time, and checks every step."""

    path: str
    first: int = 0
    end: int | None = None

    def __iter__(self) -> Iterator[Step]:
        """Yield each step; `TraceError` where the file is no trace, `OSError` where it cannot be read."""
        with _decoder(self.path) as decoder:
            last, visits, count = -1, 0, 0
            for step in decoder.steps(self.first, self.end):
                if step.index <= last:
                    raise TraceError(f"follows step {last}; steps must ascend", step=step.index)
                last = step.index
                if step.counts is not None:
                    visits += int(step.counts.sum())
                    if visits > MAXIMUM_VISITS_IN_ALL:
                        raise TraceError(f"more than {MAXIMUM_VISITS_IN_ALL} visits so far", step=step.index)
                count += 1
                yield step
            if self.first == 0 and count == 0:
                raise TraceError("a trace without steps")
            if count < (1 if self.end is None else self.end - self.first):
                upper = "" if self.end is None else self.end
                raise TraceError(f"no steps {self.first}:{upper}, the trace has fewer")


def open_trace(path: str | os.PathLike[str], steps: slice | None = None) -> StoredTrace:
    """Open a trace of either format, told by its content, to read it step by step.

    `steps`, such as `slice(100, 200)`, picks steps by their place in the trace, from 0; the native format passes over
    the others without inflating them. `TraceError`: no trace; `OSError`: no file.
    """
    first, end = (0, None) if steps is None else (steps.start or 0, steps.stop)
    if steps is not None and (steps.step not in (None, 1) or first < 0 or (end is not None and end <= first)):
        raise ValueError(f"{steps}: expected places that ascend by one, from 0")
    name = os.fspath(path)
    with _decoder(name) as decoder:
        return StoredTrace(decoder.header, name, first, end)


def read_trace(path: str | os.PathLike[str], steps: slice | None = None) -> Trace:
    """Read a trace into memory; otherwise as `open_trace`."""
    stored = open_trace(path, steps)
    return Trace(stored.header, tuple(stored))


@contextmanager
def _decoder(path: str) -> Iterator[_Decoder]:
    """Open the file for what its first bytes say it is; errors name it."""
    try:
        with Path(path).open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(0)
            start = file.read(gzip_members.HEAD.size)
            file.seek(0)
            if Member.parse(start) is not None:
                yield NativeDecoder(file, size)
            elif start.startswith(b"\x1f\x8b"):
                with gzip.open(file) as text:
                    yield JSONLinesDecoder(text, size)  # type: ignore[arg-type]
            else:
                yield JSONLinesDecoder(file, size)
    except TraceError as error:
        error.path = path
        raise
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise TraceError(f"corrupt gzip data: {error}", path=path) from None
