"""Whether a step fits the header of its trace; limits and messages are the command's."""

from __future__ import annotations

import operator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from expert_replay.trace.arrays import LARGEST_ID, id_type, whole_numbers
from expert_replay.trace.error import TraceError
from expert_replay.trace.header import PHASES, TraceHeader, known
from expert_replay.trace.repeats import repeated
from expert_replay.trace.strict_json import LARGEST

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from expert_replay.trace.step import Step

MAXIMUM_COUNT = 1 << 40
MAXIMUM_VISITS = 1 << 48
MAXIMUM_VISITS_IN_ALL = 1 << 62


def checked(step: Step, header: TraceHeader) -> Step:
    """Return the step with its arrays in the types that are stored; `TraceError` with the step and the layer."""
    try:
        step = replace(step, index=operator.index(step.index))
        if not 0 <= step.index <= LARGEST:
            raise TraceError(f"step number {step.index}, expected 0 or more")
        if step.phase is not None:
            known(step.phase, PHASES)
        return _tokens(step, header) if header.content == "tokens" else _counts(step, header)
    except TraceError as error:
        error.step = step.index if error.step is None and step.index >= 0 else error.step
        raise


def _tokens(step: Step, header: TraceHeader) -> Step:
    if step.experts is None or step.counts is not None or step.counted_tokens is not None:
        raise TraceError("a step of a tokens trace holds experts, and no counts")
    experts = whole_numbers(step.experts, "experts")
    shape = (header.layers, experts.shape[1] if experts.ndim == 3 else 0, header.top_k)
    if experts.shape != shape or shape[1] == 0:
        if experts.ndim == 3 and shape[1] == 0:
            raise TraceError("no tokens")
        raise TraceError(f"experts of shape {experts.shape}, expected ({header.layers}, tokens, {header.top_k})")
    _check_routing(experts, header)
    weights = None
    if step.weights is not None:
        with np.errstate(over="ignore"):
            weights = np.ascontiguousarray(step.weights, dtype=np.float32)
        if weights.shape != experts.shape:
            raise TraceError(f"weights of shape {weights.shape} for experts of shape {experts.shape}")
        _check_finite(weights)
    return replace(
        step,
        experts=np.ascontiguousarray(experts, dtype=id_type(header.experts_per_layer)),
        weights=weights,
        sources=_per_token(step.sources, "sources", shape[1]),
        sequences=_per_token(step.sequences, "sequences", shape[1]),
        token_ids=_per_token(step.token_ids, "token ids", shape[1]),
    )


def _check_routing(experts: NDArray[Any], header: TraceHeader) -> None:
    wrong = (experts < 0) | (experts >= header.experts_per_layer)
    twice = repeated(experts)
    if not wrong.any() and not twice.any():
        return
    layer, token = (int(index) for index in np.argwhere(wrong.any(axis=-1) | twice)[0])
    choices = experts[layer, token].tolist()
    for place, expert in enumerate(choices):
        if not 0 <= expert < header.experts_per_layer:
            message = f"expert {expert}, expected an id below {header.experts_per_layer}"
            raise TraceError(f"token {token}: {message}", layer=layer)
        if expert in choices[:place]:
            raise TraceError(f"token {token}: expert {expert} twice in its top-{header.top_k}", layer=layer)


def _check_finite(weights: NDArray[np.float32]) -> None:
    finite = np.isfinite(weights)
    if not finite.all():
        layer, token, choice = (int(index) for index in np.argwhere(~finite)[0])
        weight = float(weights[layer, token, choice])
        raise TraceError(f"token {token}: weight {weight}, expected a finite number", layer=layer)


def _per_token(values: ArrayLike | None, noun: str, tokens: int) -> NDArray[np.uint32] | None:
    if values is None:
        return None
    array = whole_numbers(values, noun)
    if array.shape != (tokens,):
        raise TraceError(f"{noun} of shape {array.shape} for {tokens} tokens")
    for bound in (int(array.min()), int(array.max())):
        if not 0 <= bound <= LARGEST_ID:
            raise TraceError(f"{noun}: {bound}, expected 0…{LARGEST_ID}")
    return np.ascontiguousarray(array, dtype=np.uint32)


def _counts(step: Step, header: TraceHeader) -> Step:
    parts = (step.experts, step.weights, step.sources, step.sequences, step.token_ids)
    if step.counts is None or any(part is not None for part in parts):
        raise TraceError("a step of a counts trace holds counts only")
    counts = whole_numbers(step.counts, "counts")
    if counts.shape != (header.layers, header.experts_per_layer):
        shape = (header.layers, header.experts_per_layer)
        raise TraceError(f"counts of shape {counts.shape}, expected {shape}")
    wrong = (counts < 0) | (counts > MAXIMUM_COUNT)
    for layer, row in enumerate(counts):
        if wrong[layer].any():
            expert = int(np.argmax(wrong[layer]))
            message = f"expert {expert}: {row[expert]} tokens, expected at most {MAXIMUM_COUNT}"
            raise TraceError(message, layer=layer)
        visits = int(row.sum(dtype=np.uint64))
        if visits == 0:
            raise TraceError("no tokens", layer=layer)
        if visits > MAXIMUM_VISITS:
            raise TraceError(f"{visits} visits, expected at most {MAXIMUM_VISITS}", layer=layer)
    tokens = step.counted_tokens
    if tokens is None:
        tokens = max(1, int(counts[0].sum(dtype=np.uint64)) // (header.top_k or 1))
    if not 1 <= tokens <= MAXIMUM_VISITS:
        raise TraceError(f"{tokens} tokens, expected at most {MAXIMUM_VISITS}" if tokens else "no tokens")
    return replace(step, counts=np.ascontiguousarray(counts, dtype=np.uint64), counted_tokens=tokens)
