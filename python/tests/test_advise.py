"""`advise`: what it returns is what the command prints, for each of its questions."""

from __future__ import annotations

import numpy as np
import pytest
from companion.asked import DECODE, HOT_COLD, asked
from loopback.study import ROOT

import expert_replay

pytestmark = pytest.mark.usefixtures("in_root")

PROMPTS = str(ROOT / "traces/prompts-256.moetrace")
MIXTRAL = str(ROOT / "traces/mixtral-mmlu-like.moetrace")


def test_strategies_are_a_row_each() -> None:
    found = expert_replay.advise(HOT_COLD, ranks=16, link_speeds=[1, 0.25], batch_sizes=2, overhead=3)
    words = ["--ranks", "16", "--link-speeds", "1", "0.25", "--batch-sizes", "2", "--overhead", "3"]
    assert found.raw == asked("advise", HOT_COLD, *words)
    assert found.question == "strategies"
    assert list(found.tried.index.names) == ["batchSize", "linkSpeed", "name", "redundantSlotsPerRank"]
    assert len(found.tried) == sum(len(sweep["strategies"]) for sweep in found.raw["sweeps"])
    assert list(found.best.index.get_level_values("name")) == [sweep["best"] for sweep in found.raw["sweeps"]]
    best = found.raw["sweeps"][0]
    totals = {of["total"] for of in best["strategies"] if of["name"] == best["best"]}
    assert found.best["total"].iloc[0] == min(totals)
    assert found.tried["movedExperts"].dtype == np.int64
    assert found.notes == found.raw["notes"]
    assert repr(found) == f"<Advice on strategies: {len(found.tried)} rows>"


def test_a_search_has_a_front() -> None:
    found = expert_replay.advise(HOT_COLD, ranks=16, tune=True, interval=8, memory=20)
    assert found.raw == asked("advise", HOT_COLD, "--ranks", "16", "--tune", "--interval", "8", "--memory", "20")
    assert found.question == "tune"
    assert list(found.tried.index) == [candidate["policy"] for candidate in found.raw["front"]]
    assert found.best["total"].iloc[0] == found.tried["total"].min()


def test_batches_are_accumulated() -> None:
    given = {"ranks": 1, "accumulate": True, "context": 512}
    cluster = "h100-cx7:storage.host.bandwidth=55GB/s"
    found = expert_replay.advise(MIXTRAL, cluster=cluster, steps=range(4), batch_sizes=[1, 4], **given)  # type: ignore[arg-type]
    words = ["--ranks", "1", "--accumulate", "--context", "512", "--cluster", cluster, "--steps", "0:4"]
    assert found.raw == asked("advise", MIXTRAL, *words, "--batch-sizes", "1", "4")
    assert list(found.tried.index) == [1, 4]
    assert found.best["tokensPerSecond"].iloc[0] == found.tried["tokensPerSecond"].max()


def test_phases_are_split() -> None:
    given = {"input": 512, "output": 64, "tpot": "50ms"}
    found = expert_replay.advise(DECODE, split=64, prefill=PROMPTS, policy="static", **given)  # type: ignore[arg-type]
    words = ["--split", "64", "--prefill", PROMPTS, "--input", "512", "--output", "64", "--tpot", "50ms"]
    assert found.raw == asked("advise", DECODE, *words)
    assert found.question == "split"
    assert set(found.tried.index) <= {"apart", "together", "apart, no targets", "together, no targets"}
    assert found.best["requestsPerSecond"].iloc[0] == found.raw["split"]["requestsPerSecond"]
    assert found.tried["prefill.ranks"].dtype == np.int64


def test_one_question_at_a_time() -> None:
    with pytest.raises(expert_replay.ExpertReplayError, match="are two questions: give one of them") as caught:
        expert_replay.advise(HOT_COLD, tune=True, accumulate=True)
    assert caught.value.status == 64
    with pytest.raises(TypeError, match="advise has no option 'batch_size'; did you mean 'batch_sizes'"):
        expert_replay.advise(HOT_COLD, batch_size=2)  # type: ignore[call-arg]
