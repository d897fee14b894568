"""Which experts logits lead to, by the models' papers, in numpy; nothing of this is the recorder's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[Any]
Rule = Callable[[Floats, "Floats | None", int], NDArray[Any]]
"""From (tokens, experts) logits, the experts' correction and top-k to (tokens, top_k) ids in ascending order."""


def largest(logits: Floats, _: Floats | None, top_k: int) -> NDArray[Any]:
    """Return the largest logits, which are the largest of their softmax or sigmoid, too."""
    return np.sort(np.argsort(-logits, axis=-1)[:, :top_k], axis=-1)


def grouped(*, groups: int, kept: int, best: int, score: str) -> Rule:
    """Return DeepSeek's rule: of each group of experts the sum of its best counts, and the rest is left out."""

    def rule(logits: Floats, correction: Floats | None, top_k: int) -> NDArray[Any]:
        exponential = np.exp(logits - logits.max(axis=-1, keepdims=True))
        softmax = exponential / exponential.sum(axis=-1, keepdims=True)
        scores = softmax if score == "softmax" else 1 / (1 + np.exp(-logits))
        if correction is not None:
            scores = scores + correction
        parts = scores.reshape(len(scores), groups, -1)
        of_group = np.sort(parts, axis=-1)[..., -best:].sum(axis=-1)
        chosen = np.argsort(-of_group, axis=-1)[:, :kept]
        mask = np.zeros_like(of_group, bool)
        np.put_along_axis(mask, chosen, True, axis=-1)
        masked = np.where(mask[..., None], parts, -np.inf).reshape(scores.shape)
        return np.sort(np.argsort(-masked, axis=-1)[:, :top_k], axis=-1)

    return rule


def sparse_mixer(logits: Floats, _: Floats | None, top_k: int) -> NDArray[Any]:
    """Return Phi's: the largest, then the largest of the others; outside of training nothing is drawn."""
    assert top_k == 2
    return largest(logits, None, top_k)
