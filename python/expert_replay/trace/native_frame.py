"""The binary layout of one step; all numbers are little-endian."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import numpy as np

from expert_replay.trace.arrays import id_type
from expert_replay.trace.error import TraceError
from expert_replay.trace.header import PHASES
from expert_replay.trace.step import Step
from expert_replay.trace.step_checks import checked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from expert_replay.trace.header import TraceHeader

HEAD = struct.Struct("<IBBBBQQ")
"""Length, kind, phase, parts, a zero byte, number, tokens."""
TOKENS, COUNTS, END = 1, 2, 3
PARTS = ((1, "sources"), (2, "sequences"), (4, "token_ids"))
WEIGHTS = 8
DROPPED = 16
LARGEST = 1 << 31


def encode(step: Step, header: TraceHeader) -> bytes:
    """Return the frame of a step that was checked; `TraceError` for one of 2 GiB or more."""
    pieces: list[bytes] = []
    parts = 0
    for bit, name in PARTS:
        values = getattr(step, name)
        if values is not None:
            parts |= bit
            pieces.append(values.astype("<u4", copy=False).tobytes())
    content = step.experts if header.content == "tokens" else step.counts
    assert content is not None
    pieces.append(content.astype(content.dtype.newbyteorder("<"), copy=False).tobytes())
    if step.weights is not None:
        parts |= WEIGHTS
        pieces.append(step.weights.astype("<f4", copy=False).tobytes())
    length = HEAD.size + sum(map(len, pieces))
    if length >= LARGEST:
        raise TraceError(f"a step of {length} bytes, the format holds at most 2 GiB", step=step.index)
    kind = TOKENS if header.content == "tokens" else COUNTS
    phase = 0 if step.phase is None else PHASES.index(step.phase) + 1
    return HEAD.pack(length, kind, phase, parts, 0, step.index, step.tokens) + b"".join(pieces)


def encode_end(steps: int, tokens: int) -> bytes:
    """Return the closing frame."""
    return HEAD.pack(HEAD.size, END, 0, 0, 0, steps, tokens)


def decode(content: bytes, header: TraceHeader) -> Iterator[Step]:
    """Yield the steps of an inflated member; `TraceError` for what is none, or does not fit the header."""
    start = 0
    while start < len(content):
        if len(content) - start < HEAD.size:
            raise TraceError("a step cut short")
        length, kind, phase, parts, zero, index, tokens = HEAD.unpack_from(content, start)
        if kind not in (TOKENS, COUNTS, END):
            raise TraceError(f"unknown kind of step {kind}")
        if kind == END:
            raise TraceError("a closing frame among steps")
        if not HEAD.size <= length <= len(content) - start:
            raise TraceError(f"a step of {length} bytes where {len(content) - start} are left")
        if kind == TOKENS and parts & DROPPED:
            raise TraceError("visits were dropped by --router, which arrays do not have", step=index)
        allowed = 15 if kind == TOKENS else 0
        if (kind == TOKENS) != (header.content == "tokens") or phase > len(PHASES) or zero or parts & ~allowed:
            raise TraceError("a step that the header does not allow")
        if max(index, tokens) >> 63:
            raise TraceError("step number or tokens beyond 2^63")
        if length != _expected_length(header, tokens, parts):
            raise TraceError(f"{length} bytes do not hold its {tokens} tokens", step=index)
        members = _arrays(content, start + HEAD.size, header, tokens, parts)
        yield checked(Step(index, phase=None if phase == 0 else PHASES[phase - 1], **members), header)
        start += length


def decode_end(content: bytes) -> tuple[int, int]:
    """Return the steps and the tokens that a closing frame counts."""
    if len(content) != HEAD.size or HEAD.unpack(content)[:5] != (HEAD.size, END, 0, 0, 0):
        raise TraceError("a malformed closing frame")
    steps, tokens = HEAD.unpack(content)[5:]
    return steps, tokens


def _expected_length(header: TraceHeader, tokens: int, parts: int) -> int:
    if header.content == "counts":
        return HEAD.size + header.layers * header.experts_per_layer * 8
    per_token = 4 * (parts & ~WEIGHTS).bit_count()
    per_visit = np.dtype(id_type(header.experts_per_layer)).itemsize + (4 if parts & WEIGHTS else 0)
    return HEAD.size + tokens * per_token + header.layers * tokens * (header.top_k or 0) * per_visit


def _arrays(content: bytes, position: int, header: TraceHeader, tokens: int, parts: int) -> dict[str, Any]:
    members: dict[str, Any] = {}

    def take(name: str, letter: str, shape: tuple[int, ...]) -> None:
        nonlocal position
        count = int(np.prod(shape, dtype=np.int64))
        values = np.frombuffer(content, np.dtype(letter), count, position).reshape(shape)
        position += values.nbytes
        members[name] = values.astype(values.dtype.newbyteorder("="), copy=False)

    if header.content == "counts":
        take("counts", "<u8", (header.layers, header.experts_per_layer))
        return members | {"counted_tokens": tokens}
    for bit, name in PARTS:
        if parts & bit:
            take(name, "<u4", (tokens,))
    visits = (header.layers, tokens, header.top_k or 0)
    take("experts", "u1" if header.experts_per_layer <= 256 else "<u2", visits)
    if parts & WEIGHTS:
        take("weights", "<f4", visits)
    return members
