"""Tokens that chose an expert twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def repeated(experts: NDArray[Any]) -> NDArray[np.bool_]:
    """Return (layers, tokens): whether the token's choices, the last axis, have an id more than once."""
    width = experts.shape[-1]
    twice = np.zeros(experts.shape[:-1], dtype=np.bool_)
    if width > 16:
        ordered = np.sort(experts, axis=-1)
        return np.asarray((ordered[..., 1:] == ordered[..., :-1]).any(axis=-1))
    # Every pair: whole columns at a time, which is many times faster than sorting short rows.
    columns = [np.ascontiguousarray(experts[..., choice]) for choice in range(width)]
    for choice in range(1, width):
        for before in range(choice):
            twice |= columns[choice] == columns[before]
    return twice
