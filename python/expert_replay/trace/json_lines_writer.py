"""Writes JSON Lines, plain or through gzip."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

from expert_replay.trace import header_json
from expert_replay.trace.strict_json import quoted

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from expert_replay.trace.header import TraceHeader
    from expert_replay.trace.step import Step

SMALLEST_DECIMAL, LARGEST_DECIMAL = np.float32(1e-4), np.float32(1 << 24)
"""Floats beyond these are written with an exponent, as Swift writes them."""


PIECE_NUMBERS = 1 << 18
"""Numbers of a piece, which is a gzip member of its own, as the command cuts them."""
LEVEL = 4
"""Of zlib, the command's."""


class JSONLinesEncoder:
    """Takes steps that were checked."""

    def __init__(self, header: TraceHeader, sink: Callable[[bytes], None], *, compressed: bool) -> None:
        self.header = header
        self.sink = sink
        self.compressed = compressed
        self.pending: list[str] = []
        self.numbers = 0
        self._write([header_json.encode(header)])

    def append(self, step: Step) -> None:
        """Take the next step."""
        for layer in range(self.header.layers):
            self.pending.append(self._line(step, layer))
            chosen = step.counts if step.counts is not None else step.experts
            self.numbers += 0 if chosen is None else chosen[layer].size * (1 if step.weights is None else 3)
            if self.numbers >= PIECE_NUMBERS:
                self.finish()

    def finish(self) -> None:
        """Write what is pending."""
        if self.pending:
            self._write(self.pending)
        self.pending, self.numbers = [], 0

    def abandon(self) -> None:
        """Do nothing: there is nothing to undo."""

    def _write(self, lines: list[str]) -> None:
        text = "".join(f"{line}\n" for line in lines).encode()
        if self.compressed:
            stream = zlib.compressobj(LEVEL, zlib.DEFLATED, 31, 9)
            text = stream.compress(text) + stream.flush()
        self.sink(text)

    def _line(self, step: Step, layer: int) -> str:
        members = [f'"step":{step.index}', f'"layer":{layer}']
        if layer == 0:
            if step.phase is not None:
                members.append(f'"phase":{quoted(step.phase)}')
            for key, values in (("source", step.sources), ("sequence", step.sequences), ("token", step.token_ids)):
                if values is not None:
                    members.append(f'"{key}":{_list(values)}')
        if step.counts is not None:
            members.append(f'"counts":{_list(step.counts[layer])}')
        if step.experts is not None:
            members.append(f'"experts":[{",".join(map(_list, step.experts[layer]))}]')
        if step.weights is not None:
            members.append(f'"weights":[{",".join(map(_floats, step.weights[layer]))}]')
        return "{" + ",".join(members) + "}"


def _list(values: NDArray[Any]) -> str:
    return f"[{','.join(map(str, values.tolist()))}]"


def _floats(values: NDArray[np.float32]) -> str:
    return f"[{','.join(map(_float, values))}]"


def _float(value: np.float32) -> str:
    """Return the shortest decimal that is this float, written as Swift writes it."""
    if value == 0 or SMALLEST_DECIMAL <= abs(value) <= LARGEST_DECIMAL:
        return np.format_float_positional(value, unique=True, trim="0")
    return np.format_float_scientific(value, unique=True, trim="-", exp_digits=2)
