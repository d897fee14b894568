"""The arrays that a step is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

LARGEST_ID = (1 << 32) - 1


def id_type(experts_per_layer: int) -> type[np.uint8 | np.uint16]:
    """Return what an expert's id is stored as."""
    return np.uint8 if experts_per_layer <= 256 else np.uint16


def whole_numbers(values: ArrayLike, noun: str) -> NDArray[Any]:
    """Return an array of whole numbers of any width; `TypeError` for one of anything else."""
    array = np.asarray(values)
    if array.dtype.kind not in "iu":
        raise TypeError(f"{noun}: expected whole numbers, not {array.dtype}")
    return array


def equal(a: NDArray[Any] | None, b: NDArray[Any] | None) -> bool:
    """Whether both are absent, or have the same shape and numbers; a NaN equals a NaN."""
    if a is None or b is None:
        return a is b
    return np.array_equal(a, b, equal_nan=a.dtype.kind == "f")
