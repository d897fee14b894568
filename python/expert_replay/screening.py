"""`screen`: whether balancing is worth switching on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal

from expert_replay import columns, command, options
from expert_replay.inputs import Inputs
from expert_replay.report import Report

if TYPE_CHECKING:
    import pandas as pd
    from typing_extensions import Unpack

    from expert_replay.columns import Columns
    from expert_replay.inputs import TracesLike
    from expert_replay.options import Presets


class ScreenOptions(options.RecordingOptions, total=False):
    """What else a screening takes, as the options of `expert-replay screen`."""

    context: float
    """Tokens that a token attends to, on average: adds tokens per second."""
    rule: Literal["ascend"]
    """Tell another system's verdict, too."""
    resilience: bool
    """Tell, too, how many redundant slots buy which resilience against failed ranks, at what cost: table `safety`."""
    threads: int
    """The result does not depend on it."""
    progress: bool
    """Whether to show how far it is; by default where it is seen, on a terminal and in a notebook."""


class ScreenResult(Report):
    """Whether balancing is worth it here, by steps that were held back; `docs/screen.md` has the rule.

    Gains are fractions of the baseline's time. In a notebook it shows the command's page, printed the command's table.
    """

    raw: dict[str, Any]

    @property
    def verdict(self) -> Literal["recommend", "do-not", "not-enough-evidence"]:
        """What to do."""
        verdict: Literal["recommend", "do-not", "not-enough-evidence"] = self.raw["verdict"]
        return verdict

    @property
    def finding(self) -> str:
        """Why: `gains`, `loses`, `too-little`, `unsure`, `pays-too-late`, `no-interval`, `too-short`, ….

        `docs/schema/screen.json` has them all.
        """
        return str(self.raw["finding"])

    @property
    def choice(self) -> str | None:
        """The policy that did best on the first half of the steps, as `replay` takes it; None where none acted."""
        choice = self.raw.get("choice")
        return str(choice["policy"]) if choice else None

    @property
    def gain(self) -> tuple[float, float, float] | None:
        """Of the choice once its plans serve, on the other half, and its 95 % interval; None without one."""
        steady = (self.raw.get("choice") or {}).get("steady") or {}
        if "totalLow" not in steady:
            return None
        return steady["total"], steady["totalLow"], steady["totalHigh"]

    @property
    def notes(self) -> list[str]:
        """What has to be known to judge the figures."""
        return list(self.raw["notes"])

    @property
    def strategies(self) -> pd.DataFrame:
        """A row for each strategy that was tried, the best first, by its policy."""
        return columns.frame(self.columns("strategies"), "policy")

    def columns(self, table: Literal["strategies", "flips", "trials", "safety"]) -> Columns:
        """Return what was tried, what would turn the choice, the choice at other loads, or safety, as arrays."""
        return columns.of_objects(self.raw.get(table, []))

    def __repr__(self) -> str:
        """Say what it says."""
        return f"<ScreenResult: {self.verdict} ({self.finding}), {self.choice}>"


def screen(
    trace: TracesLike,
    *,
    cluster: Presets | None = None,
    ranks: int | None = None,
    target: str | None = None,
    memory: str | None = None,
    horizon: str | None = None,
    baseline: Presets | None = None,
    **other: Unpack[ScreenOptions],
) -> ScreenResult:
    """Say whether balancing is worth switching on: recommend, do not, or not enough evidence.

    Args:
        trace: a path, or a trace in memory.
        cluster: a name in `clusters/`, a path or a mapping; `h100-cx7` by default.
        ranks: of the expert-parallel group, instead of the cluster's.
        target: what has to serve the plan: `"vllm"`, `"sglang"`, …; anything by default.
        memory: most of it for replicas on a rank, such as `"10GB"`; what the GPU has by default.
        horizon: within which it has to pay for itself, such as `"30min"`; an hour by default.
        baseline: what runs today: a policy, or the path of a plan; `static` by default.
        **other: see `ScreenOptions`.

    Raises:
        ExpertReplayError: with the command's line; `status` 64 for options, 65 for a file's content, 66 for a file.
        TypeError: an option that there is none of.

    """
    options.check(other, ScreenOptions, screen)
    with Inputs() as inputs:
        given: dict[str, Any] = {"target": target, "memory": memory, "horizon": horizon, "ranks": ranks, **other}
        progress = given.pop("progress", None)
        given["cluster"] = inputs.preset(cluster, "cluster")
        given["baseline"] = inputs.preset(baseline, "baseline")
        given["model"] = inputs.preset(given.get("model"), "model")
        words = ["screen", *options.words(given), "--format=json", "--", *inputs.traces(trace)]
        finished = command.run(words, progress=progress)
        return ScreenResult(json.loads(finished.output), finished.remarks)
