"""A second pair of eyes: hooks of the test's own on a model's routers, and the visits that their logits lead to."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from record.models import Architecture


@dataclass
class Watched:
    """What the routers returned, in the order of calls: of each pass every layer."""

    architecture: Architecture
    calls: list[tuple[NDArray[Any], NDArray[Any] | None, object]] = field(default_factory=list)
    """Logits (tokens, experts), the correction added to their scores, and all that was returned."""

    def visits(self) -> list[NDArray[Any]]:
        """Return for each pass (layers, tokens, top_k) ids, ascending within a token."""
        architecture = self.architecture
        chosen = [architecture.rule(logits, correction, architecture.top_k) for logits, correction, _ in self.calls]
        count = len(architecture.layers)
        return [np.stack(chosen[start : start + count]) for start in range(0, len(chosen), count)]


@contextmanager
def watch(model: Any, architecture: Architecture) -> Iterator[Watched]:
    """Keep what each router returns."""
    watched = Watched(architecture)

    def take(module: Any, _: object, output: Any) -> None:
        parts = output if isinstance(output, tuple) else (output,)
        tensors = [part for part in parts if hasattr(part, "ndim")]
        # Llama 4 returns its sparse scores before its logits.
        logits = [tensor for tensor in tensors if tensor.ndim == 2 and tensor.shape[1] == architecture.experts][-1]
        correction = getattr(module, "e_score_correction_bias", None)
        bias = None if correction is None else correction.detach().double().numpy()
        watched.calls.append((logits.detach().double().numpy().copy(), bias, output))

    named = [module for name, module in model.named_modules() if name.endswith(f".{architecture.router}")]
    assert len(named) == len(architecture.layers)
    hooks = [module.register_forward_hook(take) for module in named]
    try:
        yield watched
    finally:
        for hook in hooks:
            hook.remove()
