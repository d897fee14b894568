"""`inspect`: a trace's shape, and how unevenly its experts are loaded."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal, TypedDict

import numpy as np

from expert_replay import columns, command, options
from expert_replay.inputs import Inputs

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray
    from typing_extensions import Unpack

    from expert_replay.columns import Columns
    from expert_replay.inputs import TraceLike, TracesLike
    from expert_replay.options import Presets, Steps


class InspectOptions(TypedDict, total=False):
    """What else an inspection takes, as the options of `expert-replay inspect`."""

    cluster: Presets
    ranks: int
    """Of the expert-parallel group, for figures of ranks and nodes."""
    model: Presets
    sources: str
    """Where tokens start: `recorded`, `sequence`, `even` or `random`."""
    attention_tp: int
    """Ranks that share a token's attention."""
    all_to_all: str
    """The communication model, with `against`."""
    hot_ratio: float
    """Tell what the hottest of so many experts get, such as 0.25 of a layer's."""
    resident: str | Sequence[str]
    """How often needed experts are at hand with room for such a part of all: `20%`, `0.2` or `18GB`."""
    steps: Steps
    """Only these steps of the trace."""
    layers: Steps
    """Only these MoE layers of the trace."""
    phase: str
    """Only steps of this phase: `prefill` or `decode`."""
    select: str
    """Draw so many of these steps: `uniform:64`, `imbalance:64,seed=1`, `tokens:64`."""
    router: str | Sequence[str]
    """What another router would have done: `capacity:factor=1.25`, `top-k:keep=4`; several in order."""
    progress: bool
    """Whether to show how far it is; by default where it is seen, on a terminal and in a notebook."""


class Inspection:
    """Statistics of a trace; `raw` is the command's JSON, which `docs/schema/inspect.json` describes."""

    def __init__(self, raw: dict[str, Any], remarks: tuple[str, ...] = ()) -> None:
        self.raw = raw
        self.remarks = remarks

    @property
    def trace(self) -> dict[str, Any]:
        """`name`, `steps`, `tokens`, `layers`, `experts`, `topK`, `sha256`, …."""
        return dict(self._part("trace"))

    @property
    def skewness(self) -> float:
        """Most loaded expert over the mean one, mean over layers."""
        return float(self._part("skewness")["mean"])

    @property
    def loads(self) -> NDArray[np.int64]:
        """(layers, experts) tokens of each expert, summed over steps."""
        return np.array([layer["load"] for layer in self._part("perLayer")], dtype=np.int64)

    @property
    def per_layer(self) -> pd.DataFrame:
        """A row for each layer by its number in the model: `skewness`, `entropy`, `gini`, …."""
        return columns.frame(self.columns("perLayer"), "layer")

    @property
    def rewrites(self) -> pd.DataFrame:
        """A row for each rewrite of the router, in their order: `rewrite`, `visits`, `droppedVisits`, …."""
        return columns.frame(self.columns("rewrites"), "rewrite")

    def columns(self, table: Literal["perLayer", "drift", "hottest", "ranks", "rewrites"]) -> Columns:
        """Return one of the JSON's tables as arrays by name; needs no pandas."""
        if table == "rewrites":
            if "router" not in self.raw:
                raise ValueError("the router is as it was recorded: give router=…")
            return columns.of_objects(self.raw["router"]["rewrites"])
        return columns.of_objects(self._part(table))

    def _part(self, key: str) -> Any:  # noqa: ANN401
        if key not in self.raw:
            raise ValueError(f"a comparison has no '{key}': inspect without against")
        return self.raw[key]

    def __repr__(self) -> str:
        """Say what it is of."""
        if "perLayer" not in self.raw:
            return f"<Inspection: {', '.join(self.raw)}>"
        trace = self.trace
        shape = f"{trace['steps']} steps, {trace['layers']} layers of {trace['experts']} experts"
        return f"<Inspection of {trace['name']}: {shape}, skewness {self.skewness:.3g}>"


def inspect(trace: TracesLike, *, against: TraceLike | None = None, **other: Unpack[InspectOptions]) -> Inspection:
    """Return a trace's shape and how unevenly its experts are loaded, or how close another comes to it.

    Args:
        trace: a path, or a trace in memory.
        against: one to compare with; `docs/schema/inspect-against.json` is of what is told then.
        **other: see `InspectOptions`.

    Raises:
        ExpertReplayError: with the command's line; `status` 64 for options, 65 for a file's content, 66 for a file.
        TypeError: an option that there is none of.

    """
    options.check(other, InspectOptions, inspect)
    with Inputs() as inputs:
        given: dict[str, Any] = dict(other)
        progress = given.pop("progress", None)
        given["against"] = None if against is None else inputs.trace(against)
        for kind in ("cluster", "model"):
            given[kind] = inputs.preset(given.get(kind), kind)
        words = ["inspect", *options.words(given), "--format=json", "--", *inputs.traces(trace)]
        finished = command.run(words, progress=progress)
        return Inspection(json.loads(finished.output), finished.remarks)
