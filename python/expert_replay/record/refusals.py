"""Models and ways to run them that cannot be recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from expert_replay.record.error import RecordError

if TYPE_CHECKING:
    from collections.abc import Callable


def check_model(model: Any) -> None:
    """`RecordError` for a model that cannot be recorded whatever it is called with."""
    name = type(model).__name__
    if not hasattr(model, "named_modules"):
        raise RecordError(f"{name} is no torch module")
    if hasattr(model, "_orig_mod"):
        raise RecordError("a compiled model does not call hooks: record the model that torch.compile was given")
    if getattr(getattr(model, "config", None), "is_encoder_decoder", False):
        raise RecordError(f"{name} has an encoder and a decoder, whose layers do not see the same tokens")
    if (getattr(model, "_tp_size", None) or 1) > 1:
        raise RecordError(f"{name} is split over {model._tp_size} ranks, each of which sees ids of its own")


def refused(method: str) -> Callable[..., NoReturn]:
    """Return what stands for a method that cannot be recorded."""

    def refuse(*_: object, **__: object) -> NoReturn:
        raise RecordError(f"{method} packs sequences into one row, which cannot be told apart; call generate")

    return refuse
