"""What a model's configuration says of its experts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

EXPERTS = (
    *("num_local_experts", "num_experts", "n_routed_experts", "num_routed_experts", "moe_num_experts"),
    "num_moe_experts",
)
TOP_K = ("num_experts_per_tok", "num_experts_per_token", "top_k", "moe_top_k", "moe_topk", "top_k_experts", "moe_k")
SHARED = ("n_shared_experts", "num_shared_experts", "moe_num_shared_experts")
GROUPS = ("n_group", "num_expert_groups", "n_groups")


@dataclass(frozen=True)
class ModelShape:
    """Parts that the configuration does not say are None; `shared` is 0 then."""

    experts: int | None
    top_k: int | None
    shared: int
    groups: int | None

    @classmethod
    def of(cls, model: Any) -> ModelShape:
        """Read the configuration of the model's text part."""
        config: Any = getattr(model, "config", None)
        if hasattr(config, "get_text_config"):
            config = config.get_text_config()
        parts = [config, *(getattr(config, name, None) for name in ("ffn_config", "moe_config"))]

        def find(names: tuple[str, ...]) -> int | None:
            return next((value for part in parts if (value := first_integer(part, names)) is not None), None)

        return cls(find(EXPERTS), find(TOP_K), find(SHARED) or 0, find(GROUPS))


def first_integer(holder: object, names: tuple[str, ...]) -> int | None:
    """Return the first of these attributes that is a whole number."""
    values = (getattr(holder, name, None) for name in names)
    return next((value for value in values if type(value) is int), None)


def experts_of(module: object, shape: ModelShape) -> int | None:
    """Return how many routed experts a module knows; None if it does not say.

    Where it knows as many more than the configuration as there are shared experts, these are fused into it.
    """
    own = first_integer(module, EXPERTS)
    if own is None or shape.experts is None or own - shape.experts != shape.shared:
        return own
    return shape.experts
