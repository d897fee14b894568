"""Reads the native format, hopping from member to member; those without a wanted step are not inflated."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from expert_replay.trace import gzip_members, header_json, native_frame
from expert_replay.trace.error import TraceError
from expert_replay.trace.gzip_members import Member, inflate_limit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from expert_replay.trace.header import TraceHeader
    from expert_replay.trace.step import Step


class NativeDecoder:
    """The steps of an open file."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self.file = file
        self.limit = inflate_limit(size)
        member, stored, offset = self._member()
        if member.steps or member.first:
            raise TraceError("the first gzip member is not a header", byte=offset)
        line = gzip_members.inflate(stored, offset, self.limit)
        if not line.endswith(b"\n"):
            raise TraceError("the header is not a line", byte=offset)
        try:
            self.header: TraceHeader = header_json.decode(line)
        except TraceError as error:
            raise TraceError(f"header: {error.message}", byte=offset) from None

    def steps(self, first: int, end: int | None) -> Iterator[Step]:
        """Yield the steps from the ordinal first to before end; of all, the totals are compared."""
        ordinal = tokens = 0
        while True:
            member, stored, offset = self._member()
            if member.first != ordinal:
                message = f"a gzip member that begins with step {member.first}, expected {ordinal}"
                raise TraceError(message, byte=offset)
            if member.steps == 0:
                self._close(stored, offset, ordinal, tokens if (first, end) == (0, None) else None)
                return
            ordinal += member.steps
            if ordinal <= first:
                continue
            for number, step in enumerate(self._decode(member, stored, offset), member.first):
                if end is not None and number >= end:
                    return
                tokens += step.tokens
                if number >= first:
                    yield step

    def _member(self) -> tuple[Member, bytes, int]:
        """Return the next member, as it is stored, and where it begins."""
        offset = self.file.tell()
        head = self.file.read(gzip_members.HEAD.size)
        if not head:
            raise TraceError("truncated: no closing member", byte=offset)
        member = Member.parse(head)
        if member is None:
            garbage = "a gzip member without an ER field" if head.startswith(b"\x1f\x8b") else "trailing garbage"
            cut = len(head) < gzip_members.HEAD.size
            raise TraceError("truncated gzip member" if cut else garbage, byte=offset)
        if member.length < gzip_members.HEAD.size + 8:
            raise TraceError(f"a gzip member of {member.length} bytes", byte=offset)
        stored = head + self.file.read(member.length - len(head))
        if len(stored) != member.length:
            message = f"truncated: a gzip member of {member.length} bytes ends after {len(stored)}"
            raise TraceError(message, byte=self.file.tell())
        return member, stored, offset

    def _decode(self, member: Member, stored: bytes, offset: int) -> Iterator[Step]:
        content = gzip_members.inflate(stored, offset, self.limit)
        count, last = 0, -1
        try:
            for step in native_frame.decode(content, self.header):
                if step.index <= last:
                    raise TraceError(f"follows step {last}; steps must ascend", step=step.index)
                count, last = count + 1, step.index
                yield step
            if count != member.steps:
                raise TraceError(f"a gzip member holds {count} steps, says {member.steps}")
        except TraceError as error:
            error.byte = offset if error.byte is None else error.byte
            raise

    def _close(self, stored: bytes, offset: int, steps: int, tokens: int | None) -> None:
        """Check the closing member, and that nothing follows it."""
        try:
            declared_steps, declared_tokens = native_frame.decode_end(gzip_members.inflate(stored, offset, self.limit))
        except TraceError as error:
            error.byte = offset
            raise
        if declared_steps != steps:
            raise TraceError(f"the file closes with {declared_steps} steps after {steps}", byte=offset)
        end = self.file.tell()
        if self.file.read(1):
            raise TraceError("trailing garbage", byte=end)
        if tokens is not None and declared_tokens != tokens:
            raise TraceError(f"the file closes with {declared_tokens} tokens after {tokens}", byte=end)
