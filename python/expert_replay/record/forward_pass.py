"""What a forward pass is given: its tokens, which of them are padding, and how many came before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from expert_replay.record.error import RecordError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

CACHES = ("cache", "past_key_values")
"""Newer and older name of the same argument."""
PACKED = ("cu_seq_lens_q", "cu_seqlens", "seq_idx")


@dataclass(frozen=True)
class ForwardPass:
    """A pass over (batch, length) tokens."""

    batch: int
    length: int
    past: int
    """Tokens of each row that the cache holds."""
    cache: object | None
    token_ids: NDArray[np.int64] | None
    """(batch, length)."""
    is_token: NDArray[np.bool_] | None
    """(batch, length): False for padding; None where the mask does not tell."""

    @classmethod
    def of(cls, arguments: Mapping[str, Any]) -> ForwardPass:
        """Read what `forward` was called with, by name; `RecordError` for what tells no tokens."""
        packed = [name for name in PACKED if arguments.get(name) is not None]
        if packed:
            raise RecordError(f"{packed[0]}: sequences packed into one row cannot be told apart; pass them as a batch")
        ids = arguments.get("input_ids")
        tokens = arguments.get("inputs_embeds") if ids is None else ids
        if tokens is None:
            raise RecordError("the model was called with neither input_ids nor inputs_embeds")
        batch, length = (int(extent) for extent in tokens.shape[:2])
        cache = next((arguments[name] for name in CACHES if arguments.get(name) is not None), None)
        return cls(
            batch,
            length,
            past=_past(cache, arguments.get("attention_mask"), length),
            cache=cache,
            token_ids=None if ids is None else ids.detach().cpu().numpy().astype(np.int64),
            is_token=_is_token(arguments.get("attention_mask"), length),
        )


def _past(cache: Any, mask: Any, length: int) -> int:
    if cache is None:
        return 0
    try:
        return int(cache.get_seq_length())
    except AttributeError:
        # Tuples of each layer's keys and values, as models had before Transformers had caches.
        return int(cache[0][0].shape[-2]) if len(cache) else 0
    except ValueError:
        # A cache of linear attention alone counts no tokens.
        if getattr(mask, "ndim", 0) == 2:
            return int(mask.shape[1]) - length
        raise RecordError("the cache counts no tokens: pass the attention_mask of (batch, tokens)") from None


def _is_token(mask: Any, length: int) -> NDArray[np.bool_] | None:
    if mask is None:
        return np.ones((1, length), np.bool_)
    if getattr(mask, "ndim", 0) != 2 or mask.shape[1] < length:
        return None
    # It covers the cache, too: its last columns are those of this pass.
    return np.asarray(mask.detach()[:, -length:].cpu().numpy() != 0)
