"""Reads JSON Lines: the header, then one line per step and layer, ascending."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, cast

import numpy as np

from expert_replay.trace import header_json
from expert_replay.trace.error import TraceError
from expert_replay.trace.gzip_members import inflate_limit
from expert_replay.trace.json_lines_row import Row
from expert_replay.trace.step import Step
from expert_replay.trace.step_checks import checked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from expert_replay.trace.header import Phase, TraceHeader


class JSONLinesDecoder:
    """The steps of an open file."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self.lines = _lines(file, inflate_limit(size))
        first = next(self.lines, None)
        if first is None:
            raise TraceError("empty file, expected a routing trace")
        self.line, text = first
        if not text.lstrip(b" \t").startswith(b"{"):
            raise TraceError(
                "not a routing trace: it begins with neither a gzip member nor a JSON object "
                "(other recordings: convert)",
                byte=0,
            )
        try:
            self.header: TraceHeader = header_json.decode(text)
        except TraceError as error:
            error.line = self.line
            raise

    def steps(self, first: int, end: int | None) -> Iterator[Step]:
        """Yield the steps from the ordinal first to before end; those before them are read, too."""
        row = self._row()
        ordinal = 0
        while row is not None and (end is None or ordinal < end):
            step, row = self._step(row)
            if ordinal >= first:
                yield step
            ordinal += 1

    def _row(self) -> Row | None:
        following = next(self.lines, None)
        if following is None:
            return None
        self.line, text = following
        return Row.parse(text, self.line, self.header)

    def _step(self, first: Row) -> tuple[Step, Row | None]:
        """Return the step that begins with a row, and the row after it."""
        self._require(first.layer == 0, "layer 0 is missing", first.step, first.layer)
        rows = [first]
        row = self._row()
        for layer in range(1, self.header.layers):
            if row is None or row.step != first.step:
                raise TraceError(f"layer {layer} is missing", line=self.line, step=first.step, layer=layer)
            self._check(row, first, layer)
            rows.append(row)
            row = self._row()
        if row is not None and row.step == first.step:
            twice = self.header.layers > row.layer
            message = "given twice" if twice else f"expected a layer below {self.header.layers}"
            raise TraceError(message, line=row.line, step=row.step, layer=row.layer)
        try:
            return checked(self._joined(rows), self.header), row
        except TraceError as error:
            error.line = first.line + (error.layer or 0)
            raise

    def _check(self, row: Row, first: Row, layer: int) -> None:
        message = "given twice" if row.layer < layer else f"layer {layer} is missing"
        self._require(row.layer == layer, message, row.step, row.layer)
        stated = {"phase": (row.phase, first.phase)} | {
            key: (row.per_token[key], first.per_token[key]) for key in row.per_token
        }
        for key, (value, expected) in stated.items():
            self._require(value is None or value == expected, f"'{key}' is not that of layer 0", row.step, layer)
        same = (row.weights is None) == (first.weights is None)
        self._require(same, "weights on some layers only", row.step, layer)
        if row.experts is not None and first.experts is not None:
            message = f"{len(row.experts)} tokens, layer 0 has {len(first.experts)}"
            self._require(len(row.experts) == len(first.experts), message, row.step, layer)

    def _require(self, condition: bool, message: str, step: int, layer: int) -> None:
        if not condition:
            raise TraceError(message, line=self.line, step=step, layer=layer)

    def _joined(self, rows: list[Row]) -> Step:
        first = rows[0]
        for row in rows:
            for noun, part, length in (
                ("weights", row.weights, None if first.experts is None else len(first.experts)),
                ("counts", row.counts, self.header.experts_per_layer),
            ):
                if part is not None and len(part) != length:
                    what = f"{length} tokens" if noun == "weights" else f"{length} experts"
                    raise TraceError(f"{len(part)} {noun} for {what}", step=row.step, layer=row.layer)

        def per_token(key: str) -> np.ndarray[tuple[int], np.dtype[np.uint32]] | None:
            values = first.per_token[key]
            return None if values is None else np.array(values, np.uint32)

        with np.errstate(over="ignore"):
            weights = [row.weights.astype(np.float32) for row in rows if row.weights is not None]
        experts = [row.experts for row in rows if row.experts is not None]
        counts = [row.counts for row in rows if row.counts is not None]
        return Step(
            first.step,
            np.stack(experts) if experts else None,
            phase=cast("Phase | None", first.phase),
            weights=np.stack(weights) if weights else None,
            token_ids=per_token("token"),
            sequences=per_token("sequence"),
            sources=per_token("source"),
            counts=np.stack(counts) if counts else None,
        )


def _lines(file: BinaryIO, limit: int) -> Iterator[tuple[int, bytes]]:
    """Yield each line that is not blank, with its number."""
    number = 0
    while line := file.readline(limit + 2):
        number += 1
        if len(line.rstrip(b"\n")) > limit:
            raise TraceError(f"longer than {limit} bytes", line=number)
        if line.strip(b" \r\t\n"):
            yield number, line
