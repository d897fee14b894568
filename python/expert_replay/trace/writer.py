"""Writes a trace step by step."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Protocol

from expert_replay.trace.error import TraceError
from expert_replay.trace.json_lines_writer import JSONLinesEncoder
from expert_replay.trace.native_writer import NativeEncoder
from expert_replay.trace.step_checks import MAXIMUM_VISITS_IN_ALL, checked
from expert_replay.trace.whole_file import WholeFile

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

    from typing_extensions import Self

    from expert_replay.trace.header import TraceHeader
    from expert_replay.trace.step import Step


class _Encoder(Protocol):
    def append(self, step: Step) -> None: ...
    def finish(self) -> None: ...
    def abandon(self) -> None: ...


class TraceWriter:
    """Writes JSON Lines to `.jsonl`, compressed to `.jsonl.gz`, else the native format.

    The file appears under its name when `finish` returns, or the `with` block ends without an error; else nothing
    remains. Steps ascend by `index`; one that does not fit the header is a `TraceError`, and the writer goes on
    without it.

        with TraceWriter("t.moetrace", TraceHeader(layers=58, experts_per_layer=256, top_k=8)) as writer:
            writer.append(Step(0, experts, phase="decode"))

    `OSError`: the file cannot be written.
    """

    def __init__(self, path: str | os.PathLike[str], header: TraceHeader) -> None:
        self.header = header
        self.path = os.fspath(path)
        self.steps = 0
        self._last = -1
        self._visits = 0
        self._file = WholeFile(path)
        self._open = True
        self._encoder: _Encoder | None = None
        try:
            self._encoder = self._encoder_for(self.path)
        except BaseException:
            self.abandon()
            raise

    def _encoder_for(self, path: str) -> _Encoder:
        if path.endswith((".jsonl", ".jsonl.gz")):
            return JSONLinesEncoder(self.header, self._file.write, compressed=path.endswith(".gz"))
        return NativeEncoder(self.header, self._file.write)

    def append(self, step: Step) -> None:
        """Write a step."""
        encoder = self._opened()
        try:
            if step.index <= self._last:
                raise TraceError(f"follows step {self._last}; steps must ascend", step=step.index)
            step = checked(step, self.header)
            if step.counts is not None:
                self._visits += int(step.counts.sum())
                if self._visits > MAXIMUM_VISITS_IN_ALL:
                    raise TraceError(f"more than {MAXIMUM_VISITS_IN_ALL} visits so far", step=step.index)
            encoder.append(step)
        except TraceError as error:
            error.path = self.path
            raise
        self._last = step.index
        self.steps += 1

    def finish(self) -> None:
        """Complete the file and give it its name; `TraceError` if it has no step."""
        encoder = self._opened()
        try:
            if self.steps == 0:
                raise TraceError("nothing to write: a trace needs at least one step", path=self.path)
            encoder.finish()
            self._file.commit()
        except BaseException:
            self.abandon()
            raise
        self._open = False

    def _opened(self) -> _Encoder:
        if not self._open or self._encoder is None:
            raise ValueError(f"{self.path}: the trace is closed")
        return self._encoder

    def abandon(self) -> None:
        """Remove what was written; nothing once the file is complete."""
        if self._open:
            self._open = False
            if self._encoder is not None:
                self._encoder.abandon()
            self._file.abandon()

    def __enter__(self) -> Self:
        """Return the writer."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Finish, or leave nothing after an error."""
        if kind is not None:
            self.abandon()
        elif self._open:
            self.finish()


def write_trace(path: str | os.PathLike[str], header: TraceHeader, steps: Iterable[Step]) -> None:
    """Write a whole trace; see `TraceWriter`."""
    with TraceWriter(path, header) as writer:
        for step in steps:
            writer.append(step)
