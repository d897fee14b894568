"""`replay`: communication time under balancing policies, before and after."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from expert_replay import columns, command, options
from expert_replay.inputs import Inputs, several
from expert_replay.replay_result import MachinesResult, ReplayResult

if TYPE_CHECKING:
    from collections.abc import Sequence

    from typing_extensions import Unpack

    from expert_replay.columns import Columns
    from expert_replay.inputs import TracesLike
    from expert_replay.options import Presets


class ReplayOptions(options.RecordingOptions, total=False):
    """What else a replay takes, as the options of `expert-replay replay`."""

    baseline: Presets
    """The policy that others are compared with; `static` by default."""
    dispatch: str
    """The rule of replicas that serves all policies, such as `sglang-static`."""
    context: float
    """Tokens that a token attends to, on average: adds throughput."""
    accuracy: float
    """What the model reaches on its task, 0…1, as you know it: told beside cost and speed, never measured."""
    select: str
    """Draw so many of these steps: `uniform:64`, `imbalance:64,seed=1`, `tokens:64`."""
    router: str | Sequence[str]
    """What another router would have done: `capacity:factor=1.25`, `top-k:keep=4`; several in order."""
    change: str | Sequence[str]
    """Ranks that come or go: steps over, `fail`, `leave` or `join`, and ranks, such as `400 fail 3,7`."""
    repeat: int
    """Replay the recording so many times, end to end."""
    regret: bool
    """Replay each policy with the oracle's prediction, too."""
    by_layer: bool
    """In `per_step` have a row for each layer of a step."""
    chart_layer: int | Sequence[int]
    """Numbers of layers whose loads and placements charts show."""
    sample_steps: int
    """Price the communication of one step in so many, with `fair-share`."""
    seed: int
    threads: int
    """The result does not depend on it."""
    per_step: bool
    """False to leave out the figures of every step, of a long trace."""
    details: bool
    """False to leave out layers, and what charts show beyond figures."""
    progress: bool
    """Whether to show how far it is; by default where it is seen, on a terminal and in a notebook."""


def replay(
    trace: TracesLike,
    policy: Presets | Sequence[Presets] = (),
    *,
    as_: str | Sequence[str] = (),
    cluster: Presets | None = None,
    ranks: int | None = None,
    **other: Unpack[ReplayOptions],
) -> ReplayResult:
    """Replay a trace under policies, and compare them with a baseline.

    Args:
        trace: a path of a file or of a folder of files, several of these, or a trace in memory.
        policy: what is compared: a name, perhaps with changes (`"eplb:window=16,steps=16"`), a path, a mapping with
            the content of such a file, or several of these. Without any, those of the tool's first look.
        as_: serving systems' defaults: `"vllm"`, `"sglang"`, ….
        cluster: a name in `clusters/`, a path or a mapping; `h100-cx7` by default.
        ranks: of the expert-parallel group, instead of the cluster's.
        **other: see `ReplayOptions`.

    Raises:
        ExpertReplayError: with the command's line; `status` 64 for options, 65 for a file's content, 66 for a file.
        TypeError: an option that there is none of.

    """
    options.check(other, ReplayOptions, replay)
    raw, steps, remarks = _run(trace, policy, as_, cluster, ranks, other)
    if isinstance(raw, list):
        raise TypeError("several machines: replay_machines(…) takes them")
    return ReplayResult(raw, steps, remarks)


def replay_machines(
    trace: TracesLike,
    policy: Presets | Sequence[Presets] = (),
    *,
    as_: str | Sequence[str] = (),
    cluster: Presets | Sequence[Presets] = (),
    ranks: int | Sequence[int] = (),
    **other: Unpack[ReplayOptions],
) -> MachinesResult:
    """Do the same on every cluster with every number of ranks, from one reading of the trace."""
    options.check(other, ReplayOptions, replay_machines)
    raw, steps, remarks = _run(trace, policy, as_, cluster, ranks, other)
    return MachinesResult(raw if isinstance(raw, list) else [raw], steps, remarks)


def _run(
    trace: TracesLike,
    policy: Presets | Sequence[Presets],
    as_: str | Sequence[str],
    cluster: Presets | Sequence[Presets] | None,
    ranks: int | Sequence[int] | None,
    other: ReplayOptions,
) -> tuple[Any, Columns | None, tuple[str, ...]]:
    with Inputs() as inputs:
        given: dict[str, Any] = {"details": True, **other}
        progress = given.pop("progress", None)
        table = inputs.folder / "steps.csv" if given.pop("per_step", True) else None
        given |= {
            "policy": [inputs.preset(preset, "policy") for preset in several(policy)],
            "as_": as_,
            "cluster": [inputs.preset(preset, "cluster") for preset in several(cluster)],
            "ranks": ranks,
            "per_step": table,
        }
        for kind in ("baseline", "model"):
            given[kind] = inputs.preset(given.get(kind), kind)
        words = ["replay", *options.words(given), "--format=json", "--", *inputs.traces(trace)]
        finished = command.run(words, progress=progress)
        steps = columns.of_csv(table.read_text(encoding="utf-8")) if table else None
        return json.loads(finished.output), steps, finished.remarks
