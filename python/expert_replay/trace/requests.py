"""Makes steps of requests whose batches were not recorded, as serving systems return them: `routed_experts`.

The same batches as `expert-replay convert --batch`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from expert_replay.trace.arrays import whole_numbers
from expert_replay.trace.error import TraceError
from expert_replay.trace.step import Step

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import ArrayLike, NDArray

    from expert_replay.trace.header import Phase

    Token = tuple[int, NDArray[Any], int | None]
    """Sequence, (layers, top_k) ids, vocabulary id."""


@dataclass(frozen=True, eq=False)
class Request:
    """One request's routing, prompt and response, without the last token, which went through no layer."""

    experts: ArrayLike
    """(tokens, layers, top_k) ids of the MoE layers alone. Rows of -1, or of 0 in all of them, are no tokens."""
    prompt: int = 0
    """Tokens of the prompt, which come first: they are prefilled, the others decoded."""
    token_ids: ArrayLike | None = None
    """Vocabulary ids of the tokens; more than there are rows do no harm."""

    def tokens(self, sequence: int, first: int, end: int | None) -> list[Token]:
        """Return the recorded tokens from a place in the request to another; `TraceError` for ids that do not fit."""
        experts = whole_numbers(self.experts, "routed experts")
        if experts.ndim != 3:
            raise TraceError(f"request {sequence}: experts of shape {experts.shape}, expected (tokens, layers, top_k)")
        ids = None if self.token_ids is None else whole_numbers(self.token_ids, "token ids")
        if ids is not None and len(ids) < len(experts):
            raise TraceError(f"request {sequence}: {len(ids)} token ids for {len(experts)} tokens")
        flat = experts.reshape(len(experts), -1)
        missing = (flat == -1).all(axis=1)
        # Of top-1, 0 may be a choice.
        if experts.shape[2] > 1:
            missing |= (flat == 0).all(axis=1)
        return [
            (sequence, experts[row], None if ids is None else int(ids[row]))
            for row in range(*slice(first, end).indices(len(experts)))
            if not missing[row]
        ]


def prefill_steps(requests: Iterable[Request], tokens_per_step: int) -> Iterator[Step]:
    """Yield the prompts one after another, cut every so many tokens; of a request without `prompt`, all tokens."""
    batch: list[Token] = []
    index = 0
    for sequence, request in enumerate(requests):
        batch += request.tokens(sequence, 0, request.prompt or None)
        while len(batch) >= tokens_per_step:
            yield _step(index, "prefill", batch[:tokens_per_step])
            batch, index = batch[tokens_per_step:], index + 1
    if batch:
        yield _step(index, "prefill", batch)


def decode_steps(requests: Iterable[Request], in_flight: int) -> Iterator[Step]:
    """Yield the responses with so many requests in flight: of each a token a step, and the next when one has ended."""
    waiting = (tokens for n, request in enumerate(requests) if (tokens := request.tokens(n, request.prompt, None)))
    flights: list[Iterator[Token]] = []
    index = 0
    while True:
        batch: list[Token] = []
        going_on: list[Iterator[Token]] = []
        # A successor takes its predecessor's place.
        for place in range(in_flight):
            flight = flights[place] if place < len(flights) else iter(())
            token = next(flight, None)
            if token is None:
                flight = iter(next(waiting, ()))
                token = next(flight, None)
            if token is not None:
                batch.append(token)
                going_on.append(flight)
        if not batch:
            return
        yield _step(index, "decode", batch)
        flights, index = going_on, index + 1


def _step(index: int, phase: Phase, batch: list[Token]) -> Step:
    ids = [token_id for _, _, token_id in batch if token_id is not None]
    return Step(
        index,
        np.stack([experts for _, experts, _ in batch], axis=1),
        phase=phase,
        # A step has ids only if each of its tokens has one.
        token_ids=np.array(ids, np.uint32) if len(ids) == len(batch) else None,
        sequences=np.array([sequence for sequence, _, _ in batch], np.uint32),
    )
