"""Writes the native format: a member for the header, one for each MiB of whole steps, one that closes the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expert_replay.trace import header_json, native_frame
from expert_replay.trace.gzip_members import deflate

if TYPE_CHECKING:
    from collections.abc import Callable

    from expert_replay.trace.header import TraceHeader
    from expert_replay.trace.step import Step

FLUSH_THRESHOLD = 1 << 20
"""A member is closed when its steps are this many bytes or more."""


class NativeEncoder:
    """Takes steps that were checked."""

    def __init__(self, header: TraceHeader, sink: Callable[[bytes], None]) -> None:
        self.header = header
        self.sink = sink
        self.pending: list[bytes] = []
        self.pending_bytes = 0
        self.steps = 0
        self.tokens = 0
        sink(deflate(f"{header_json.encode(header)}\n".encode(), 0, 0))

    def append(self, step: Step) -> None:
        """Take the next step."""
        frame = native_frame.encode(step, self.header)
        self.pending.append(frame)
        self.pending_bytes += len(frame)
        self.tokens += step.tokens
        if self.pending_bytes >= FLUSH_THRESHOLD:
            self._flush()

    def finish(self) -> None:
        """Write what is left and the closing frame."""
        self._flush()
        self.sink(deflate(native_frame.encode_end(self.steps, self.tokens), self.steps, 0))

    def _flush(self) -> None:
        if self.pending:
            self.sink(deflate(b"".join(self.pending), self.steps, len(self.pending)))
            self.steps += len(self.pending)
            self.pending = []
            self.pending_bytes = 0
