"""`advise`: which strategy or policy pays, how much to accumulate, or how many ranks for each phase."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal

from expert_replay import columns, command, options
from expert_replay.inputs import Inputs

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from typing_extensions import Unpack

    from expert_replay.columns import Columns
    from expert_replay.inputs import TracesLike
    from expert_replay.options import Presets


class AdviseOptions(options.RecordingOptions, total=False):
    """What else advice takes, as the options of `expert-replay advise`."""

    link_speeds: float | Sequence[float]
    """Bandwidths to try strategies at, times the cluster's."""
    batch_sizes: int | Sequence[int]
    """Batches to try: this many consecutive steps of the trace become one."""
    overhead: float
    """Microseconds per layer for each e-fold reduction of a token-to-expert predictor's error."""
    redundant_slots_per_rank: int
    """That strategies are tried with, beside none."""
    interval: int
    """Steps between plans; the predictor averages over as many."""
    formula: bool
    """Tell MoE-GPS's closed model beside the replay."""
    skewness: float
    """With `formula`: max / mean expert load, in place of the recording's."""
    distribution_error: float
    """With `formula`: that of the distribution-only prediction, in place of the measured one."""
    memory: float
    """With `tune`: most GB of replicas on a rank."""
    context: int
    """Tokens that a token attends to, on average, for `accumulate`, and for costs with `tune`."""
    input: int
    """With `split`: tokens of a prompt."""
    output: int
    """With `split`: tokens written after it."""
    cached: float
    """With `split`: part of the input that is not read again."""
    ttft: str
    """With `split`: mean time to the first token to keep, such as `2s`."""
    tpot: str
    """With `split`: mean time of each further token to keep, such as `50ms`."""
    prefill: TracesLike
    """With `split`: a recording of prefill, where the trace is of decoding alone."""
    prefill_cluster: Presets
    """With `split`: a cluster for prefill, if another."""
    policy: Presets
    """With `split`: `static` by default."""
    prefill_policy: Presets
    """With `split`: prefill's policy, if another."""
    threads: int
    """The result does not depend on it."""
    progress: bool
    """Whether to show how far it is; by default where it is seen, on a terminal and in a notebook."""


Question = Literal["strategies", "tune", "accumulate", "split"]


class Advice:
    """What was tried and what is best of it; `raw` is the command's JSON.

    `docs/schema/advise.json` describes it, or `advise-tune.json`, `advise-accumulate.json`, `advise-split.json`.
    """

    def __init__(self, raw: dict[str, Any], remarks: tuple[str, ...] = ()) -> None:
        self.raw = raw
        self.remarks = remarks

    @property
    def question(self) -> Question:
        """What was asked."""
        for table, question in _QUESTIONS.items():
            if table in self.raw:
                return question
        raise ValueError(f"no advice: {', '.join(self.raw)}")

    @property
    def best(self) -> pd.DataFrame:
        """What is best, a row of `tried` each: by strategy, of each link speed and batch; one row of the others.

        Of candidates and layouts on a front it is the first: the fastest, and the one that serves most requests.
        """
        tried, question = self.tried, self.question
        best: pd.DataFrame
        if question == "strategies":
            best = tried[tried["isBest"]]
        else:
            best = tried.nlargest(1, "tokensPerSecond") if question == "accumulate" else tried.head(1)
        return best

    @property
    def tried(self) -> pd.DataFrame:
        """A row for each strategy, candidate of the front, batch, or layout: times in microseconds."""
        return columns.frame(self.columns(), _INDEX[self.question])

    @property
    def notes(self) -> list[str]:
        """What has to be known to judge the figures."""
        return list(self.raw["notes"])

    def columns(self) -> Columns:
        """Return the rows of `tried` as arrays by name; needs no pandas."""
        if self.question == "strategies":
            return columns.of_objects(_strategies(self.raw))
        if self.question == "split":
            return columns.of_objects(_layouts(self.raw))
        return columns.of_objects(self.raw["front" if self.question == "tune" else "accumulate"])

    def __repr__(self) -> str:
        """Say what it is about."""
        rows = len(next(iter(self.columns().values()), []))
        return f"<Advice on {self.question}: {rows} rows>"


_QUESTIONS: dict[str, Question] = {
    "sweeps": "strategies",
    "accumulate": "accumulate",
    "split": "split",
    "front": "tune",
}
"""By a key that the others' JSON does not have, or has after these."""

_INDEX: dict[Question, str | list[str]] = {
    "strategies": ["batchSize", "linkSpeed", "name", "redundantSlotsPerRank"],
    "accumulate": "batchSize",
    "split": "phases",
    "tune": "policy",
}


def _strategies(raw: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a row for each strategy of each sweep."""
    rows = []
    for sweep in raw["sweeps"]:
        known = {key: sweep[key] for key in ("batchSize", "linkSpeed", "tokensPerStep")}
        fastest = min(of["total"] for of in sweep["strategies"] if of["name"] == sweep["best"])
        for strategy in sweep["strategies"]:
            is_best = strategy["name"] == sweep["best"] and strategy["total"] == fastest
            rows.append(known | strategy | {"isBest": is_best, "hasVerdict": sweep["hasVerdict"]})
    return rows


def _layouts(raw: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a row for each layout: apart and together within the targets, then without."""
    free = raw.get("withoutTargets", {})
    named = [("apart", layout) for layout in raw["front"]]
    named += [("together", raw.get("together")), ("apart, no targets", free.get("split"))]
    named += [("together, no targets", free.get("together"))]
    return [{"phases": name} | layout for name, layout in named if layout]


def advise(
    trace: TracesLike,
    *,
    cluster: Presets | None = None,
    ranks: int | None = None,
    tune: bool = False,
    accumulate: bool = False,
    split: int | None = None,
    **other: Unpack[AdviseOptions],
) -> Advice:
    """Say which prediction strategy pays off on a recording, or answer one of three other questions.

    Args:
        trace: a path, or a trace in memory.
        cluster: a name in `clusters/`, a path or a mapping; `h100-cx7` by default.
        ranks: of the expert-parallel group, instead of the cluster's.
        tune: search policy, slots, window and interval instead: the front of time, memory and moves.
        accumulate: tell how many tokens one GPU, whose experts lie in its host's memory, has to accumulate.
        split: tell how many of so many GPUs should read prompts and how many write; takes `input` and `output`.
        **other: see `AdviseOptions`.

    Raises:
        ExpertReplayError: with the command's line; `status` 64 for options, 65 for a file's content, 66 for a file.
        TypeError: an option that there is none of.

    """
    options.check(other, AdviseOptions, advise)
    with Inputs() as inputs:
        given: dict[str, Any] = {"ranks": ranks, "tune": tune, "accumulate": accumulate, "split": split, **other}
        progress = given.pop("progress", None)
        given["cluster"] = inputs.preset(cluster, "cluster")
        for name in ("model", "policy", "prefill_cluster", "prefill_policy"):
            given[name] = inputs.preset(given.get(name), name)
        if "prefill" in given:
            given["prefill"] = inputs.traces(given["prefill"])
        words = ["advise", *options.words(given), "--format=json", "--", *inputs.traces(trace)]
        finished = command.run(words, progress=progress)
        return Advice(json.loads(finished.output), finished.remarks)
