"""Writes the native format: a member for the header, one for each MiB of whole steps, one that closes the file."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

from expert_replay.trace import header_json, native_frame
from expert_replay.trace.gzip_members import deflate

if TYPE_CHECKING:
    from collections.abc import Callable

    from expert_replay.trace.header import TraceHeader
    from expert_replay.trace.step import Step

FLUSH_THRESHOLD = 1 << 20
"""A member is closed when its steps are this many bytes or more."""
MOST_AHEAD = 4
"""Members that may wait to be deflated or written."""


class NativeEncoder:
    """Takes steps that were checked; a thread of its own deflates them, so that who records does not wait for it."""

    def __init__(self, header: TraceHeader, sink: Callable[[bytes], None]) -> None:
        self.header = header
        self.sink = sink
        self.pending: list[bytes] = []
        self.pending_bytes = 0
        self.steps = 0
        self.tokens = 0
        self.pool = ThreadPoolExecutor(1, "expert-replay")
        self.members: deque[Future[bytes]] = deque()
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
        self._write(0)
        self.sink(deflate(native_frame.encode_end(self.steps, self.tokens), self.steps, 0))
        self.pool.shutdown()

    def abandon(self) -> None:
        """Let go of what was not written."""
        self.pool.shutdown(cancel_futures=True)

    def _flush(self) -> None:
        if self.pending:
            content = b"".join(self.pending)
            self._write(MOST_AHEAD - 1)
            self.members.append(self.pool.submit(deflate, content, self.steps, len(self.pending)))
            self.steps += len(self.pending)
            self.pending = []
            self.pending_bytes = 0

    def _write(self, most: int) -> None:
        """Write members that are deflated, and wait until there are at most so many others."""
        while self.members and (len(self.members) > most or self.members[0].done()):
            self.sink(self.members.popleft().result())
