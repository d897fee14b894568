"""The routing of one forward pass over a batch of tokens."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from expert_replay.trace.arrays import equal

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from expert_replay.trace.header import Phase


@dataclass(frozen=True, eq=False)
class Step:
    """One step; what was not recorded is None.

    The arrays of a step that was read are read-only and have the types below. A writer takes any integers and floats.
    """

    index: int
    """The step's number in the recording, from 0; ascending, not necessarily without gaps."""
    experts: NDArray[Any] | None = None
    """(layers, tokens, top_k) uint8, or uint16 from 257 experts on: ids in the router's order, distinct within a token.

    None in a trace of counts.
    """
    phase: Phase | None = None
    """`prefill`, `decode` or `mixed`."""
    weights: NDArray[Any] | None = None
    """(layers, tokens, top_k) float32: gate weights in the same order."""
    token_ids: NDArray[Any] | None = None
    """(tokens,) uint32: vocabulary ids."""
    sequences: NDArray[Any] | None = None
    """(tokens,) uint32: the request that each token belongs to."""
    sources: NDArray[Any] | None = None
    """(tokens,) uint32: the rank that holds each token before dispatch."""
    counts: NDArray[Any] | None = None
    """(layers, experts) uint64: tokens per expert; None in a trace of tokens."""
    counted_tokens: int | None = None
    """Of a trace of counts: tokens of the step; the first layer's visits over top-k when it is left out."""

    @property
    def tokens(self) -> int:
        """Tokens in the batch; 0 where a trace of counts does not say."""
        if self.experts is not None:
            return int(np.shape(self.experts)[1])
        return self.counted_tokens or 0

    def loads(self, experts_per_layer: int) -> NDArray[np.uint64]:
        """Return (layers, experts) tokens per expert."""
        if self.experts is None:
            assert self.counts is not None
            return self.counts
        experts = np.asarray(self.experts)
        rows = (np.bincount(layer.reshape(-1), minlength=experts_per_layer) for layer in experts)
        return np.stack(list(rows)).astype(np.uint64)

    def __eq__(self, other: object) -> bool:
        """Whether all parts are equal, numbers and shapes."""
        if not isinstance(other, Step):
            return NotImplemented
        for field in fields(self):
            a, b = getattr(self, field.name), getattr(other, field.name)
            if not (equal(a, b) if isinstance(a, np.ndarray) or isinstance(b, np.ndarray) else a == b):
                return False
        return True

    __hash__ = None  # type: ignore[assignment]
