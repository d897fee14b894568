"""`screen` and `inspect`: what they return is what the command prints."""

from __future__ import annotations

import numpy as np
import pytest
from companion.asked import DECODE, HOT_COLD, asked, printed

import expert_replay
from expert_replay.trace import read_trace

pytestmark = pytest.mark.usefixtures("in_root")


def test_a_screening_is_the_commands() -> None:
    result = expert_replay.screen(HOT_COLD, ranks=8, target="sglang", memory="10GB", horizon="30min")
    words = ["screen", HOT_COLD, "--ranks", "8", "--target", "sglang", "--memory", "10GB", "--horizon", "30min"]
    assert result.raw == asked(*words)
    assert result.verdict == result.raw["verdict"]
    assert result.choice == result.raw["choice"]["policy"]
    assert list(result.strategies.index) == [strategy["policy"] for strategy in result.raw["strategies"]]
    assert result.strategies["redundantSlotsPerRank"].dtype == np.int64
    assert result.headline.endswith("faster than static.")
    assert result._repr_html_().startswith("<iframe ")
    assert str(result).splitlines()[0] == printed(*words).splitlines()[0]


def test_a_gain_has_its_interval() -> None:
    result = expert_replay.screen(HOT_COLD, ranks=8)
    steady = result.raw["choice"]["steady"]
    assert result.gain is None
    result.raw["choice"]["steady"] = steady | {"total": 0.2, "totalLow": 0.1, "totalHigh": 0.3}
    assert result.gain == (0.2, 0.1, 0.3)
    del result.raw["choice"]
    assert (result.gain, result.choice) == (None, None)


def test_an_inspection_is_the_commands() -> None:
    found = expert_replay.inspect(DECODE, ranks=8, hot_ratio=0.25)
    assert found.raw == asked("inspect", DECODE, "--ranks", "8", "--hot-ratio", "0.25")
    found = expert_replay.inspect(DECODE, resident=["20%", "0.5"])
    assert found.raw == asked("inspect", DECODE, "--resident", "20%", "--resident", "0.5")
    assert [room["experts"] for room in found.raw["caches"]] == [153, 384]
    assert found.trace["name"] == "decode-256"
    assert list(found.per_layer.index) == [3, 4, 5]
    assert found.skewness == pytest.approx(found.per_layer["skewness"].mean())
    steps = read_trace(DECODE)
    loads = np.sum([step.loads(steps.experts_per_layer) for step in steps], axis=0)
    np.testing.assert_array_equal(found.loads, loads)
    assert repr(found) == "<Inspection of decode-256: 24 steps, 3 layers of 256 experts, skewness 17>"


def test_a_rewritten_router_is_told() -> None:
    router = ["capacity:factor=1.25", "top-k:keep=4"]
    found = expert_replay.inspect(DECODE, router=router)
    assert found.raw == asked("inspect", DECODE, "--router", router[0], "--router", router[1])
    assert list(found.rewrites.index) == router
    assert found.rewrites["droppedVisits"].dtype == np.int64
    replayed = expert_replay.replay(DECODE, "static", ranks=16, router=router, details=False)
    assert replayed.rewrites.equals(found.rewrites)
    assert "imbalance.peakToNominal" in replayed.policies
    with pytest.raises(ValueError, match="the router is as it was recorded"):
        _ = expert_replay.inspect(DECODE).rewrites


def test_a_comparison_has_no_layers() -> None:
    compared = expert_replay.inspect(read_trace(HOT_COLD), against=HOT_COLD, ranks=8)
    assert compared.raw["routing"]
    with pytest.raises(ValueError, match="a comparison has no 'perLayer'"):
        _ = compared.loads


def test_room_is_what_screen_says_of_a_speed() -> None:
    cluster = "h100-cx7:storage.host.bandwidth=55GB/s"
    found = expert_replay.room(HOT_COLD, speed="50%", cluster=cluster, ranks=8, cache="caches/lru")
    words = ["--speed", "50%", "--cluster", cluster, "--ranks", "8", "--cache", "caches/lru"]
    assert found.raw == asked("screen", HOT_COLD, *words)
    assert found.least == found.raw["least"]["bytes"]
    assert list(found.rooms.index) == [room["experts"] for room in found.raw["rooms"]]
    assert "GB for 0.5 of the speed" in repr(found)
