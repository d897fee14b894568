"""Numbers sequences across the passes of a recording."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from expert_replay.record.forward_pass import ForwardPass
    from expert_replay.record.generation import Generation


@dataclass
class Sequences:
    """A row of a batch keeps its number as long as its cache, or its `generate`, lives."""

    count: int = 0
    by_cache: WeakKeyDictionary[Any, NDArray[np.uint32]] = field(default_factory=WeakKeyDictionary)

    def numbers(self, forward: ForwardPass, generation: Generation | None) -> NDArray[np.uint32]:
        """Return (batch,) numbers; new ones for rows that were not seen before."""
        known = None if generation is None else generation.sequences
        if known is None and forward.past > 0:
            known = self.by_cache.get(forward.cache)
        if known is None or len(known) != forward.batch:
            known = np.arange(self.count, self.count + forward.batch, dtype=np.uint32)
            self.count += forward.batch
        if generation is not None:
            generation.sequences = known
        return known

    def remember(self, cache: Any, numbers: NDArray[np.uint32]) -> None:
        """Keep the numbers for passes that go on from a cache."""
        if hasattr(cache, "get_seq_length"):
            self.by_cache[cache] = numbers
