"""What a trace says about itself before its first step."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from expert_replay.trace.error import TraceError, suggestion

if TYPE_CHECKING:
    from collections.abc import Sequence

Phase = Literal["prefill", "decode", "mixed"]
Content = Literal["tokens", "counts"]

PHASES: tuple[Phase, ...] = ("prefill", "decode", "mixed")
CONTENTS: tuple[Content, ...] = ("tokens", "counts")
ORIGINS = ("recorded", "synthetic")

# What a trace may declare, as the command has it.
MAXIMUM_LAYERS = 4096
MAXIMUM_EXPERTS = 65_536
MAXIMUM_TOP_K = 1024
MAXIMUM_EXPERTS_IN_ALL = 1 << 19
MAXIMUM_LAYER_NUMBER = 1_000_000


@dataclass(frozen=True)
class Provenance:
    """Where the routing came from."""

    origin: str
    """`recorded` or `synthetic`."""
    method: str | None = None
    """How it was recorded or generated: a command, a tool, a paper."""
    from_: str | None = None
    """What it was made from: a file, a data set, a model."""
    licence: str | None = None

    def __post_init__(self) -> None:
        """Check the values."""
        known(self.origin, ORIGINS)
        for text in (self.method, self.from_, self.licence):
            printable(text)


@dataclass(frozen=True)
class TraceHeader:
    """The shape of every step of a trace, and where it is from; `TraceError` for a shape that no trace can have."""

    layers: int
    """MoE layers, 1…4096."""
    experts_per_layer: int
    """1…65536; layers times experts at most 524,288."""
    top_k: int | None = None
    """Experts per token; a trace of tokens has to say it."""
    content: Content = "tokens"
    """`tokens`: each token's experts; `counts`: tokens per expert."""
    name: str = "trace"
    layer_numbers: Sequence[int] = ()
    """The number of each MoE layer in the model, ascending; from 0 when it is left out."""
    model: str | None = None
    """Name of the model that routed, as in `models/`."""
    groups: int | None = None
    """Expert groups of a group-limited router."""
    phase: Phase | None = None
    """Of every step, when all share it."""
    provenance: Provenance | None = None

    def __post_init__(self) -> None:
        """Check the shape."""
        for name in ("layers", "experts_per_layer", "top_k", "groups"):
            number = getattr(self, name)
            object.__setattr__(self, name, None if number is None else operator.index(number))
        within(self.layers, MAXIMUM_LAYERS, "layers")
        numbers = tuple(operator.index(number) for number in self.layer_numbers) or tuple(range(self.layers))
        object.__setattr__(self, "layer_numbers", numbers)
        self._check_experts()
        self._check_layer_numbers()
        known(self.content, CONTENTS)
        if self.phase is not None:
            known(self.phase, PHASES)
        for text in (self.name, self.model):
            printable(text)

    def _check_experts(self) -> None:
        experts = self.experts_per_layer
        within(experts, MAXIMUM_EXPERTS, "experts")
        if self.layers * experts > MAXIMUM_EXPERTS_IN_ALL:
            raise TraceError(
                f"{self.layers} layers of {experts} experts, expected at most {MAXIMUM_EXPERTS_IN_ALL} experts in all"
            )
        most = min(experts, MAXIMUM_TOP_K)
        if self.top_k is None and self.content == "tokens":
            raise TraceError("the header has no 'topK', which a trace of tokens needs")
        if self.top_k is not None and not 1 <= self.top_k <= most:
            raise TraceError(f"top-{self.top_k}, expected 1…{most}")
        if self.groups is not None and (self.groups < 1 or experts % self.groups):
            raise TraceError(f"{self.groups} groups do not divide {experts} experts")

    def _check_layer_numbers(self) -> None:
        numbers = self.layer_numbers
        if len(numbers) != self.layers:
            raise TraceError(f"{len(numbers)} layer numbers for {self.layers} layers")
        ascending = all(before < after for before, after in pairwise(numbers))
        if not ascending or numbers[0] < 0 or numbers[-1] > MAXIMUM_LAYER_NUMBER:
            raise TraceError("layer numbers must ascend from 0 or more")


def within(number: int, most: int, noun: str) -> None:
    """`TraceError` for a number outside 1…most."""
    if not 1 <= number <= most:
        raise TraceError(f"{number} {noun}, expected 1…{most}")


def known(name: str, names: Sequence[str]) -> None:
    """`TraceError` for a name that is none of these."""
    if name not in names:
        raise TraceError(f"unknown '{name}'{suggestion(name, names)}")


def printable(text: str | None) -> None:
    """`TraceError` for a text that UTF-8 cannot hold."""
    try:
        (text or "").encode()
    except UnicodeEncodeError:
        raise TraceError("half of a surrogate pair") from None
