"""Gzip members whose FEXTRA field says their stored length, the first step in them and how many (subfield `ER`)."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

from expert_replay.trace.error import TraceError

HEAD = struct.Struct("<HBBIBBHHHIQI")
"""The first 32 bytes: magic, method, flags, time, extra flags, system, XLEN, `ER`, its length, the three numbers."""
MAGIC = 0x8B1F
IDENTIFIER = int.from_bytes(b"ER", "little")
PAYLOAD = 16
LARGEST_FIRST = 1 << 48


@dataclass(frozen=True)
class Member:
    """What a member's head says."""

    length: int
    """Bytes as stored, from the first to the last."""
    first: int
    """Ordinal of the first step, from 0."""
    steps: int

    @classmethod
    def parse(cls, head: bytes) -> Member | None:
        """Return what the first 32 bytes of a member say; None where they have no `ER`."""
        if len(head) < HEAD.size:
            return None
        magic, method, flags, _, _, _, _, identifier, payload, length, first, steps = HEAD.unpack_from(head)
        if (magic, method, identifier, payload) != (MAGIC, 8, IDENTIFIER, PAYLOAD) or not flags & 4:
            return None
        return cls(length, first, steps) if first < LARGEST_FIRST else None


def deflate(content: bytes, first: int, steps: int) -> bytes:
    """Return the member: the bytes that the command writes, where Python's zlib is the command's."""
    stream = zlib.compressobj(6, zlib.DEFLATED, -15, 9)
    body = stream.compress(content) + stream.flush()
    length = HEAD.size + len(body) + 8
    head = HEAD.pack(MAGIC, 8, 4, 0, 0, 255, PAYLOAD + 4, IDENTIFIER, PAYLOAD, length, first, steps)
    return head + body + struct.pack("<II", zlib.crc32(content), len(content))


def inflate(member: bytes, offset: int, limit: int) -> bytes:
    """Return the member's content; `TraceError` for a corrupt member, or one that claims more than the limit."""
    (declared,) = struct.unpack("<I", member[-4:])
    # Deflate cannot exceed 1032 : 1.
    if declared > limit or declared > len(member) * 1032:
        message = f"a gzip member of {len(member)} bytes claims to inflate to {declared}, the limit is {limit}"
        raise TraceError(message, byte=offset)
    stream = zlib.decompressobj(31)
    try:
        content = stream.decompress(member, declared + 1)
    except zlib.error as error:
        raise TraceError(f"corrupt gzip member: {error}", byte=offset) from None
    if not stream.eof or stream.unused_data or len(content) != declared:
        raise TraceError("corrupt gzip member: its length disagrees with its content", byte=offset)
    return content


def inflate_limit(stored: int) -> int:
    """Return how much a part of a file of so many bytes may inflate to."""
    return max(32 << 20, 100 * stored)
