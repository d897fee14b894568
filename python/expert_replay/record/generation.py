"""What a call of `generate` says of the passes that it makes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from expert_replay.record.error import RecordError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from expert_replay.record.forward_pass import ForwardPass


@dataclass
class Generation:
    """Its rows are the same sequences in every pass; a row that has ended is no longer a token of any."""

    prompt: int
    """Tokens of each row before the first that is generated."""
    prompt_mask: NDArray[np.bool_] | None
    """(rows, prompt); None if it was not given."""
    ends: NDArray[np.int64]
    """Token ids that end a row."""
    sequences: NDArray[np.uint32] | None = None
    ended: NDArray[np.bool_] | None = field(default=None, repr=False)

    @classmethod
    def of(cls, model: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Generation:
        """Read the arguments; `RecordError` for beams, whose rows change places."""
        configs = [kwargs.get("generation_config"), getattr(model, "generation_config", None)]

        def setting(name: str) -> Any:
            values = (kwargs.get(name), *(getattr(config, name, None) for config in configs))
            return next((value for value in values if value is not None), None)

        if (setting("num_beams") or 1) > 1:
            raise RecordError(
                f"num_beams={setting('num_beams')}: beams swap rows between passes, so that no row is a sequence; "
                "generate with num_beams=1"
            )
        given = [*args[:1], *(kwargs.get(name) for name in ("inputs", "input_ids", "inputs_embeds"))]
        lengths = [tensor.shape[1] for tensor in given if tensor is not None]
        mask = kwargs.get("attention_mask")
        if mask is not None and mask.ndim != 2:
            mask = None
        # After a row that a rule of the caller's ended comes padding; elsewhere the model may have chosen that token.
        own_rules = setting("stopping_criteria") is not None or setting("stop_strings") is not None
        padding = _ids(setting("pad_token_id")) if own_rules else []
        return cls(
            prompt=max([0, *lengths, *([] if mask is None else [mask.shape[1]])]),
            prompt_mask=None if mask is None else mask.detach().cpu().numpy() != 0,
            ends=np.array([*_ids(setting("eos_token_id")), *padding], np.int64),
        )

    def is_decode(self, forward: ForwardPass) -> bool:
        """Whether the pass goes on from a cache that holds the prompt."""
        return forward.past >= self.prompt > 0

    def is_token(self, forward: ForwardPass) -> NDArray[np.bool_] | None:
        """Return (batch, length) what the prompt's mask says, for passes whose own mask does not tell."""
        if self.prompt_mask is None:
            return None
        mask = np.repeat(self.prompt_mask, max(1, forward.batch // len(self.prompt_mask)), axis=0)
        end = forward.past + forward.length
        whole = np.pad(mask, ((0, 0), (0, max(0, end - mask.shape[1]))), constant_values=True)
        return np.asarray(whole[:, forward.past : end])

    def is_going_on(self, forward: ForwardPass) -> NDArray[np.bool_]:
        """Return (batch,) whether a row has not ended before this pass."""
        if self.ended is None or len(self.ended) != forward.batch:
            self.ended = np.zeros(forward.batch, np.bool_)
        # Several new tokens on a cache are drafted, and not yet accepted.
        if forward.token_ids is not None and (forward.cache is None or forward.length == 1):
            generated = forward.token_ids[:, max(0, self.prompt - forward.past) :]
            self.ended = self.ended | np.isin(generated, self.ends).any(axis=1)
        return ~self.ended


def _ids(value: Any) -> list[int]:
    if value is None:
        return []
    if hasattr(value, "tolist"):
        value = value.tolist()
    return [int(token) for token in value] if isinstance(value, Iterable) else [int(value)]
