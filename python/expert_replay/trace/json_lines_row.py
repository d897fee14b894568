"""One line of JSON Lines: one layer of one step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from expert_replay.trace.arrays import LARGEST_ID, id_type
from expert_replay.trace.error import TraceError
from expert_replay.trace.header import PHASES, known
from expert_replay.trace.strict_json import (
    LARGEST,
    check_keys,
    elements,
    integer,
    integers,
    number,
    parse_object,
    string,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from expert_replay.trace.header import TraceHeader

KEYS = ("step", "layer", "phase", "experts", "weights", "source", "sequence", "token", "counts")
LARGEST_COUNT = (1 << 64) - 1


@dataclass(frozen=True)
class Row:
    """A line; what it has not is None."""

    line: int
    step: int
    layer: int
    phase: str | None
    experts: NDArray[Any] | None
    weights: NDArray[np.float64] | None
    counts: NDArray[np.uint64] | None
    per_token: dict[str, list[int] | None]
    """`source`, `sequence` and `token`."""

    @classmethod
    def parse(cls, text: bytes, line: int, header: TraceHeader) -> Row:
        """Read a line; `TraceError` with the step and layer where it says them."""
        place: dict[str, int] = {}
        try:
            members = parse_object(text)
            for key in ("step", "layer"):
                if key in members:
                    value = integer(members[key], key)
                    place |= {key: value} if value >= 0 else {}
            return cls._of(members, place, line, header)
        except TraceError as error:
            error.step, error.layer, error.line = place.get("step"), place.get("layer"), line
            raise

    @classmethod
    def _of(cls, members: dict[str, Any], place: dict[str, int], line: int, header: TraceHeader) -> Row:
        check_keys(members, KEYS)
        held = {"tokens": "experts", "counts": "counts"}[header.content]
        for key in ("experts", "weights", "counts"):
            if key in members and (key == "counts") != (header.content == "counts"):
                raise TraceError(f"'{key}' in a trace whose content is {header.content}")
        if len(place) != 2:
            raise TraceError("needs 'step' and 'layer', both 0 or more")
        if held not in members:
            raise TraceError(f"no '{held}'")
        phase = string(members["phase"], "phase") if "phase" in members else None
        if phase is not None:
            known(phase, PHASES)
        return cls(
            line,
            place["step"],
            place["layer"],
            phase,
            experts=_experts(members["experts"], header) if "experts" in members else None,
            weights=_weights(members["weights"], header) if "weights" in members else None,
            counts=np.array(integers(members["counts"], "counts", LARGEST_COUNT), np.uint64)
            if "counts" in members
            else None,
            per_token={
                key: integers(members[key], key, LARGEST_ID) if key in members else None
                for key in ("source", "sequence", "token")
            },
        )


def _experts(value: object, header: TraceHeader) -> NDArray[Any]:
    rows = []
    for token, choices in enumerate(elements(value, "experts")):
        row = [integer(choice, "experts", -LARGEST, LARGEST) for choice in elements(choices, "experts")]
        for expert in row:
            if not 0 <= expert < header.experts_per_layer:
                raise TraceError(f"expert {expert}, expected an id below {header.experts_per_layer}")
        if len(row) != header.top_k:
            raise TraceError(f"token {token}: {len(row)} experts, expected top-{header.top_k}")
        rows.append(row)
    return np.array(rows, id_type(header.experts_per_layer)).reshape(len(rows), header.top_k or 0)


def _weights(value: object, header: TraceHeader) -> NDArray[np.float64]:
    rows = [[number(weight, "weights") for weight in elements(row, "weights")] for row in elements(value, "weights")]
    for token, row in enumerate(rows):
        if len(row) != header.top_k:
            raise TraceError(f"token {token}: {len(row)} weights, expected top-{header.top_k}")
    return np.array(rows, np.float64).reshape(len(rows), header.top_k or 0)
