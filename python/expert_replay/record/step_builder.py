"""Makes a step of what a pass's hooks saw, and writes it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import expert_replay
from expert_replay.record.error import RecordError
from expert_replay.record.shape import ModelShape
from expert_replay.trace import Provenance, Step, TraceHeader, TraceWriter

if TYPE_CHECKING:
    import os

    from numpy.typing import NDArray

    from expert_replay.record.choices import Choice
    from expert_replay.record.forward_pass import ForwardPass
    from expert_replay.record.generation import Generation
    from expert_replay.record.layers import MoELayer


class StepBuilder:
    """Writes a step for each pass; the file is begun with the first."""

    def __init__(
        self,
        model: Any,
        path: str | os.PathLike[str],
        layers: list[MoELayer],
        name: str | None,
        model_name: str | None,
        weights: bool,
        token_ids: bool,
    ) -> None:
        self.path = Path(path)
        self.layers = layers
        self.name = name or self.path.name.split(".")[0] or "trace"
        self.model_name = model_name
        self.weights = weights
        self.token_ids = token_ids
        self.shape = ModelShape.of(model)
        self.origin = getattr(getattr(model, "config", None), "name_or_path", "") or type(model).__name__
        self.writer: TraceWriter | None = None
        self.steps = 0
        self.tokens = 0

    def append(
        self,
        forward: ForwardPass,
        generation: Generation | None,
        numbers: NDArray[np.uint32],
        choices: list[Choice],
    ) -> None:
        """Write the step of a pass, if it has a token."""
        kept = self._kept(forward, generation).reshape(-1)
        if not kept.any():
            return
        experts = self._routed(_stacked([index for index, _ in choices], np.int32))
        if experts.shape[1] != len(kept):
            raise RecordError(f"routers saw {experts.shape[1]} tokens of {forward.batch} rows of {forward.length}")
        ids = forward.token_ids if self.token_ids else None
        step = Step(
            self.steps,
            experts[:, kept],
            phase="decode" if _is_decode(forward, generation) else "prefill",
            weights=self._weights(choices, experts.shape, kept),
            token_ids=None if ids is None else ids.reshape(-1)[kept],
            sequences=np.repeat(numbers, forward.length)[kept],
        )
        if self.writer is None:
            self.writer = TraceWriter(self.path, self._header(experts.shape[2]))
        self.writer.append(step)
        self.steps += 1
        self.tokens += step.tokens

    def finish(self) -> None:
        """Complete the file."""
        if self.writer is None:
            raise RecordError(f"{self.path}: the model was not called, so there is nothing to write")
        self.writer.finish()

    def abandon(self) -> None:
        """Leave no file."""
        if self.writer is not None:
            self.writer.abandon()

    @staticmethod
    def _kept(forward: ForwardPass, generation: Generation | None) -> NDArray[np.bool_]:
        """Return (batch, length): tokens that are no padding, of rows that have not ended."""
        is_token = forward.is_token
        if is_token is None and generation is not None:
            is_token = generation.is_token(forward)
        if is_token is None:
            raise RecordError("attention_mask: padding can be told from one of shape (batch, tokens) alone; pass that")
        kept = np.broadcast_to(is_token, (forward.batch, forward.length))
        return kept if generation is None else kept & generation.is_going_on(forward)[:, None]

    def _routed(self, experts: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return the ids without those of shared experts that are fused into the routed ones, as last choices."""
        count = self.layers[0].reader.experts or 0
        for _ in range(self.shape.shared):
            if experts.shape[2] > 1 and (experts[:, :, -1] >= count).all():
                experts = experts[:, :, :-1]
        return experts

    def _weights(
        self, choices: list[Choice], shape: tuple[int, ...], kept: NDArray[np.bool_]
    ) -> NDArray[np.float32] | None:
        given = [weight for _, weight in choices if weight is not None]
        if not self.weights or len(given) != len(choices):
            return None
        return _stacked(given, np.float32)[:, kept, : shape[2]]

    def _header(self, top_k: int) -> TraceHeader:
        experts = self.layers[0].reader.experts
        assert experts is not None
        groups = self.shape.groups
        return TraceHeader(
            len(self.layers),
            experts,
            top_k,
            name=self.name,
            layer_numbers=[layer.number for layer in self.layers],
            model=self.model_name,
            groups=groups if groups and experts % groups == 0 else None,
            provenance=Provenance(
                "recorded", f"expert_replay.record {expert_replay.__version__} in Transformers", self.origin
            ),
        )


def _is_decode(forward: ForwardPass, generation: Generation | None) -> bool:
    return forward.length == 1 and forward.past > 0 if generation is None else generation.is_decode(forward)


def _stacked(tensors: list[Any], kind: type) -> NDArray[Any]:
    """Return (layers, tokens, top_k), with one copy from the device where all tensors are on the same."""
    import torch

    flat = [tensor.reshape(-1, tensor.shape[-1]) for tensor in tensors]
    if len({tensor.shape for tensor in flat}) > 1:
        raise RecordError(f"layers differ in tokens or top-k: {sorted({tuple(tensor.shape) for tensor in flat})}")
    narrow = [tensor.to(torch.float32 if kind is np.float32 else torch.int32) for tensor in flat]
    if len({tensor.device for tensor in narrow}) > 1:
        narrow = [tensor.cpu() for tensor in narrow]
    return np.asarray(torch.stack(narrow).cpu().numpy())
