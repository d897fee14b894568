"""Finds where a model decides which experts a token goes to, a place for each MoE layer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import pairwise
from typing import Any

from expert_replay.record.choices import ExpertsInput, RouterOutput
from expert_replay.record.error import RecordError
from expert_replay.record.shape import ModelShape

ROUTER_NAMES = ("gate", "router", "gating", "wg")
ROUTER_CLASS = re.compile(r"(Router|Gate|Gating)$")


@dataclass(frozen=True)
class MoELayer:
    """One MoE layer: the module to hook, and how its choices are read."""

    number: int
    """Of the layer in the model: the last whole number in the module's name."""
    name: str
    module: Any
    reader: ExpertsInput | RouterOutput


def find_layers(model: Any, pattern: str | None = None) -> list[MoELayer]:
    """Return the MoE layers in the model's order; `RecordError` where there are none, or two of one number.

    Of each block, the module of its experts is preferred, where it is handed the ids (`top_k_index` or alike): that is
    what the experts receive. Where it is not, the block's router is taken, known by name (`gate`, `router`) or class
    (`…Router`, `…Gate`) and by as many outputs as there are experts. `pattern` picks modules by name, as a shell does.
    """
    shape = ModelShape.of(model)
    blocks: dict[str, MoELayer] = {}
    passed: list[str] = []
    for name, module in model.named_modules():
        if not name or (pattern is not None and not fnmatchcase(name, pattern)):
            continue
        block = name.rpartition(".")[0]
        reader: ExpertsInput | RouterOutput | None = ExpertsInput.of(module, shape)
        if reader is None and block not in blocks and _is_named_as_router(name, module):
            parent = model.get_submodule(block) if block else None
            reader = RouterOutput.of(module, parent, shape)
            if reader is None:
                passed.append(f"{name} ({type(module).__name__})")
        if reader is not None and (block not in blocks or isinstance(reader, ExpertsInput)):
            blocks[block] = MoELayer(_number(name), name, module, reader)
    layers = sorted(_outermost(blocks), key=lambda layer: layer.number)
    if not layers:
        raise RecordError(_none_found(model, pattern, passed))
    _check_numbers(layers)
    return layers


def _outermost(blocks: dict[str, MoELayer]) -> list[MoELayer]:
    """Return the layers without routers inside of another's block, such as a router's own linear layer."""
    experts = {block for block, layer in blocks.items() if isinstance(layer.reader, ExpertsInput)}
    routers = {layer.name for layer in blocks.values() if isinstance(layer.reader, RouterOutput)}

    def is_inside(block: str) -> bool:
        parts = block.split(".")
        around = {".".join(parts[:count]) for count in range(1, len(parts) + 1)}
        return bool(around & (experts - {block})) or bool(around & routers)

    return [layer for block, layer in blocks.items() if not is_inside(block)]


def _is_named_as_router(name: str, module: object) -> bool:
    return name.rpartition(".")[2] in ROUTER_NAMES or ROUTER_CLASS.search(type(module).__name__) is not None


def _number(name: str) -> int:
    numbers = [int(part) for part in name.split(".") if part.isdigit()]
    return numbers[-1] if numbers else 0


def _check_numbers(layers: list[MoELayer]) -> None:
    for before, after in pairwise(layers):
        if before.number == after.number:
            raise RecordError(
                f"layer {after.number} has two routers, {before.name} and {after.name}: say which by routers=, "
                f"a pattern such as '*.{after.name.rpartition('.')[2]}'"
            )
    for what in ("experts", "top_k"):
        known = {getattr(layer.reader, what): layer for layer in layers if getattr(layer.reader, what) is not None}
        if len(known) > 1:
            (one, first), (other, second), *_ = known.items()
            raise RecordError(
                f"{first.name} has {what} {one}, {second.name} {other}: a trace has the same in every layer; "
                "pick layers by routers="
            )


def _none_found(model: object, pattern: str | None, passed: list[str]) -> str:
    looked = (
        "looked for experts whose forward takes ids (top_k_index, selected_experts …), then for modules "
        f"named {', '.join(ROUTER_NAMES)} or of a class …Router, …Gate or …Gating with an output for each expert"
    )
    among = f" among those that match '{pattern}'" if pattern is not None else ""
    found = f"; not taken: {', '.join(passed[:4])}{' …' if len(passed) > 4 else ''}" if passed else ""
    return f"{type(model).__name__} has no router, it may be dense: {looked}{among}{found}"
