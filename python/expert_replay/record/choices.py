"""Reads each token's experts and their weights, from what a model hands its experts or its router returns."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from expert_replay.record.error import RecordError
from expert_replay.record.shape import TOP_K, ModelShape, experts_of, first_integer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import torch

    Choice = tuple["torch.Tensor", "torch.Tensor | None"]
    """(tokens, top_k) ids and, if there are any, gate weights."""

INDEX_NAMES = ("top_k_index", "topk_indices", "topk_idx", "router_indices", "selected_experts", "expert_indices")
WEIGHT_NAMES = ("top_k_weights", "topk_weights", "topk_weight", "routing_weights", "router_probs", "expert_weights")
# A router that adds these to its logits before it chooses chooses others than the largest logits.
CORRECTIONS = ("e_score_correction_bias", "expert_bias", "correction_bias", "moe_statics")


@dataclass(frozen=True)
class ExpertsInput:
    """A module of all experts of a layer that is handed the ids and weights of its tokens."""

    index: tuple[int, str]
    """Place and name among the arguments."""
    weight: tuple[int, str] | None
    experts: int | None
    top_k: int | None = None

    @classmethod
    def of(cls, module: Any, shape: ModelShape) -> ExpertsInput | None:
        """Return how to read a module's input, or None if its `forward` takes no ids."""
        names = _arguments(module)
        found = {name: (place, name) for place, name in enumerate(names)}
        index = next((found[name] for name in INDEX_NAMES if name in found), None)
        experts = experts_of(module, shape)
        if index is None or (experts is None and shape.experts is None):
            return None
        if getattr(module, "zero_expert_num", 0):
            raise RecordError(f"{type(module).__name__} has experts that compute nothing, which a trace has not")
        weight = next((found[name] for name in WEIGHT_NAMES if name in found), None)
        return cls(index, weight, experts or shape.experts)

    def hook(self, module: Any, take: Callable[[Choice], None]) -> Any:
        """Have each call's choices taken; returns what removes it."""
        return module.register_forward_pre_hook(lambda _, args, kwargs: take(self.read(args, kwargs)), with_kwargs=True)

    def read(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Choice:
        """Return the choices of a call."""

        def take(where: tuple[int, str]) -> Any:
            place, name = where
            return kwargs[name] if name in kwargs else args[place]

        index = take(self.index)
        weight = None if self.weight is None else take(self.weight)
        if weight is None or weight.shape == index.shape:
            return index, weight
        # A score of each expert, as gpt-oss handed over in Transformers 4.
        return index, weight.gather(-1, index) if weight.shape[-1] == self.experts else None


@dataclass(frozen=True)
class RouterOutput:
    """A router whose output has ids, or a score of each expert."""

    experts: int
    top_k: int
    corrected: bool
    """Whether something is added to the logits before the largest are chosen."""

    @classmethod
    def of(cls, module: Any, parent: object, shape: ModelShape) -> RouterOutput | None:
        """Return how to read a router's output, or None if it has no output for each expert."""
        experts = experts_of(module, shape) or _outputs(module)
        top_k = first_integer(module, TOP_K) or first_integer(parent, TOP_K) or shape.top_k
        if experts is None or top_k is None or not 1 <= top_k < experts + 1:
            return None
        if experts != (shape.experts or experts):
            return None
        corrected = any(hasattr(holder, name) for holder in (module, parent) for name in CORRECTIONS)
        return cls(experts, top_k, corrected)

    def hook(self, module: Any, take: Callable[[Choice], None]) -> Any:
        """Have each call's choices taken; returns what removes it."""
        return module.register_forward_hook(lambda _, __, output: take(self.read(output)))

    def read(self, output: object) -> Choice:
        """Return the choices that a router returned, or those of its scores; `RecordError` where neither is there."""
        tensors = [tensor for tensor in _tensors(output) if tensor.ndim >= 2]
        ids = [t for t in tensors if not t.is_floating_point() and t.shape[-1] >= self.top_k]
        floats = [t for t in tensors if t.is_floating_point()]
        if ids:
            index = ids[0].reshape(-1, ids[0].shape[-1])
            same = (t.reshape(index.shape) for t in floats if t.numel() == index.numel())
            return index, next(same, None)
        scores = [t.reshape(-1, self.experts) for t in floats if t.shape[-1] == self.experts]
        if not scores:
            raise RecordError(f"a router returned neither ids nor a score for each of {self.experts} experts")
        if self.corrected and len(scores) == 1:
            raise RecordError("a router returned logits that are corrected before experts are chosen, and no ids")
        return self._largest(scores)

    def _largest(self, scores: list[torch.Tensor]) -> Choice:
        """Return the largest of the logits, and their weights where another output has 0 for all other experts."""
        sparse = [t for t in scores if bool((t == 0).sum(-1).ge(self.experts - self.top_k).all())]
        dense = [t for t in scores if not any(t is other for other in sparse)]
        index = (dense or sparse)[-1].topk(self.top_k, dim=-1).indices
        return index, sparse[0].gather(-1, index) if sparse else None


def _arguments(module: Any) -> list[str]:
    """Return the names of what `forward` takes; none where it is not written in Python."""
    try:
        return list(inspect.signature(type(module).forward).parameters)[1:]
    except (AttributeError, TypeError, ValueError):
        return []


def _outputs(module: Any) -> int | None:
    """Return the outputs of a linear layer, or of the one that a module holds."""
    weights = [weight for weight in module.parameters() if weight.ndim == 2]
    return int(weights[0].shape[0]) if len(weights) == 1 else None


def _tensors(output: object) -> Iterator[torch.Tensor]:
    if hasattr(output, "is_floating_point"):
        yield cast("torch.Tensor", output)
    elif isinstance(output, (tuple, list)):
        for part in output:
            yield from _tensors(part)
