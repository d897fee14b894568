"""Traces of random shape, drawn from a seed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from expert_replay.trace import Provenance, Step, Trace, TraceHeader
from expert_replay.trace.header import PHASES

if TYPE_CHECKING:
    from numpy.typing import NDArray

Random = np.random.Generator


def random_trace(seed: int) -> Trace:
    """Return a trace; of every fourth seed one of counts."""
    random = np.random.default_rng(seed)
    header = _header(random, counts=seed % 4 == 3)
    step = _counts if header.content == "counts" else _tokens
    indices = np.cumsum(random.integers(1, 4, random.integers(1, 12))).tolist()
    # Which parts are there, and how many tokens: drawn anew for each step but for the weights, which JSON Lines has on
    # all layers of a step or none.
    return Trace(header, tuple(step(random, header, index - 1) for index in indices))


def _header(random: Random, *, counts: bool) -> TraceHeader:
    experts = int(random.choice([1, 2, 7, 64, 256, 257, 384]))
    layers = int(random.integers(1, 6))
    numbers = np.sort(random.choice(100, layers, replace=False)).tolist() if random.random() < 0.5 else ()
    names = ["trace", "réseau 専門家 \U0001f9e0", 'quoted "name"\\ \t\n\r\x01\x08\x7f', ""]
    provenance = Provenance("recorded", "by a test", None if random.random() < 0.5 else "nowhere", "CC0")
    groups = [group for group in range(1, experts + 1) if experts % group == 0]
    return TraceHeader(
        layers,
        experts,
        None if counts and random.random() < 0.5 else int(random.integers(1, min(experts, 20) + 1)),
        "counts" if counts else "tokens",
        str(random.choice(names)),
        numbers,
        model="deepseek-v3" if random.random() < 0.5 else None,
        groups=int(random.choice(groups)) if random.random() < 0.5 else None,
        provenance=provenance if random.random() < 0.5 else None,
    )


def _tokens(random: Random, header: TraceHeader, index: int) -> Step:
    tokens = int(random.integers(1, 50))
    shape = (header.layers, tokens, header.experts_per_layer)
    experts = np.argsort(random.random(shape), axis=-1)[..., : header.top_k]

    def maybe(most: int) -> NDArray[Any] | None:
        return random.integers(0, most, tokens).astype(np.uint32) if random.random() < 0.5 else None

    return Step(
        index,
        experts.astype(np.uint8 if header.experts_per_layer <= 256 else np.uint16),
        phase=_phase(random),
        weights=_weights(random, experts.shape) if random.random() < 0.5 else None,
        token_ids=maybe(1 << 32),
        sequences=maybe(9),
        sources=maybe(64),
    )


def _phase(random: Random) -> Any:  # noqa: ANN401
    return PHASES[random.integers(3)] if random.random() < 0.7 else None


def _weights(random: Random, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Of every size that a float has, some of them round."""
    bits = random.integers(0, 1 << 32, shape, dtype=np.uint64).astype(np.uint32).view(np.float32)
    usual = random.random(shape).astype(np.float32)
    weights = np.where(random.random(shape) < 0.3, bits, usual)
    edges = random.choice(np.array([1 << 24, (1 << 24) + 2, 1e-4, 9e-5, 1, 1e16], np.float32), shape)
    weights = np.where(random.random(shape) < 0.1, edges, weights)
    return np.where(np.isfinite(weights), weights, np.float32(-0.0))


def _counts(random: Random, header: TraceHeader, index: int) -> Step:
    counts = random.integers(0, 1 << int(random.integers(1, 40)), (header.layers, header.experts_per_layer))
    counts[:, 0] += 1
    tokens = max(1, int(counts[0].sum()) // (header.top_k or 1))
    return Step(index, counts=counts.astype(np.uint64), phase=_phase(random), counted_tokens=tokens)
