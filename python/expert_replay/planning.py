"""`plan`: a placement from a recorded load, for a serving system to start with."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypedDict

from expert_replay import command, options
from expert_replay.inputs import Inputs
from expert_replay.plan_arrays import Plan

if TYPE_CHECKING:
    import os

    import numpy as np
    from numpy.typing import NDArray
    from typing_extensions import Unpack

    from expert_replay.inputs import TraceLike
    from expert_replay.options import Presets, Steps


class PlanOptions(TypedDict, total=False):
    """What else a plan takes, as the options of `expert-replay plan`."""

    nodes: int
    """Instead of the cluster's."""
    slots: int
    """Per layer, instead of the policy's."""
    groups: int
    """Expert groups of the router; 1 plans globally."""
    model: Presets
    """For its number of hidden layers and the size of its experts; the trace's own by default."""
    sources: str
    """Where tokens start, for policies that go by a cluster's price."""
    attention_tp: int
    """Ranks that share a token's attention."""
    steps: Steps
    """Only these steps of the trace."""
    layers: Steps
    """Only these MoE layers of the trace."""
    phase: str
    """Only steps of this phase: `prefill` or `decode`."""
    force: bool
    """Write a plan made elsewhere although the format drops its unequal shares."""
    progress: bool
    """Whether to show how far it is; by default where it is seen, on a terminal and in a notebook."""


def plan(
    load: TraceLike | NDArray[np.number[Any]],
    policy: Presets,
    *,
    to: str = "json",
    cluster: Presets | None = None,
    ranks: int | None = None,
    diff: Plan | str | os.PathLike[str] | None = None,
    **other: Unpack[PlanOptions],
) -> Plan:
    """Plan a placement from a recorded load.

    Args:
        load: a path or a trace in memory, or a (layers, experts) array of tokens.
        policy: whose planner is used: a name, a path or a mapping.
        to: the system that loads it, which it is planned for: `"sglang"`, `"tensorrt-llm"`, `"vllm-ascend"`,
            `"deepseek-eplb"`, or `"json"` for ours.
        cluster: a name in `clusters/`, a path or a mapping; `h100-cx7` by default.
        ranks: of the expert-parallel group, instead of the cluster's.
        diff: a plan in force, or its file: `raw` tells what must move from it, too.
        **other: see `PlanOptions`.

    Raises:
        ExpertReplayError: with the command's line; `status` 64 for options, 65 for a file's content, 66 for a file.
        TypeError: an option that there is none of.

    """
    options.check(other, PlanOptions, plan)
    with Inputs() as inputs:
        given: dict[str, Any] = {"to": to, "ranks": ranks, **other}
        progress = given.pop("progress", None)
        file = inputs.folder / "plan"
        given["output"] = file
        for kind, preset in (("policy", policy), ("cluster", cluster), ("model", given.get("model"))):
            given[kind] = inputs.preset(preset, kind)
        if isinstance(diff, Plan):
            diff.write(inputs.folder / "in-force")
            given["diff"] = inputs.folder / "in-force"
        else:
            given["diff"] = diff
        words = ["plan", *options.words(given), "--format=json", "--", inputs.load(load)]
        finished = command.run(words, progress=progress)
        return Plan(file.read_text(encoding="utf-8"), to, json.loads(finished.output), finished.remarks)
