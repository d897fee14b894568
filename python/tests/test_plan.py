"""`plan`: its arrays are those of the files that the command exports."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from companion.asked import DECODE, HOT_COLD, asked, printed

import expert_replay

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.usefixtures("in_root"),
    pytest.mark.filterwarnings("ignore::expert_replay.ExpertReplayWarning"),
]

FORMATS = ["json", "sglang", "tensorrt-llm", "deepseek-eplb", "vllm-ascend"]


@pytest.mark.parametrize("to", FORMATS)
def test_the_file_is_the_commands(to: str, tmp_path: Path) -> None:
    plan = expert_replay.plan(DECODE, "eplb", to=to, ranks=16, steps=range(12))
    words = ["plan", DECODE, "--policy", "eplb", "--to", to, "--ranks", "16", "--steps", "0:12"]
    report = asked(*words, "-o", str(tmp_path / "expected"))
    plan.write(tmp_path / "plan")
    assert (tmp_path / "plan").read_bytes() == (tmp_path / "expected").read_bytes()
    assert plan.raw == report
    assert plan.balancedness == report["served"]["plans"][0]["balancedness"]
    assert (plan.warning is None) == (to != "sglang")
    assert plan.layers == [3, 4, 5]
    assert plan.compared["slots"].dtype == np.int64


@pytest.mark.parametrize("to", FORMATS)
def test_arrays_are_deepseeks(to: str, tmp_path: Path) -> None:
    """Whatever the format: read back by the command, and written as the arrays of DeepSeek's EPLB."""
    plan = expert_replay.plan(DECODE, "eplb", to=to, ranks=16)
    plan.write(tmp_path / "plan")
    (tmp_path / "fixed.yaml").write_text(
        f"name: f\npredictor: {{kind: oracle}}\nplanner: {{kind: fixed, file: {tmp_path}/plan}}\n"
        "schedule: {kind: initial}\ndispatch: {kind: even}\n"
    )
    words = ["plan", DECODE, "--policy", f"{tmp_path}/fixed.yaml", "--ranks", "16", "--to", "deepseek-eplb", "--force"]
    printed(*words, "-o", str(tmp_path / "arrays.npz"))
    with np.load(tmp_path / "arrays.npz") as arrays:
        np.testing.assert_array_equal(plan.physical_to_logical, arrays["phy2log"])
        np.testing.assert_array_equal(plan.logical_to_physical, arrays["log2phy"])
        np.testing.assert_array_equal(plan.logical_counts, arrays["logcnt"])
    for array in (plan.physical_to_logical, plan.logical_to_physical, plan.logical_counts):
        assert array.dtype == np.int64


def test_deepseeks_own_file() -> None:
    plan = expert_replay.plan(HOT_COLD, "eplb", to="deepseek-eplb", ranks=8)
    arrays = json.loads(plan.text)
    assert plan.physical_to_logical.tolist() == arrays["phy2log"]
    assert plan.logical_to_physical.tolist() == arrays["log2phy"]
    assert plan.logical_counts.tolist() == arrays["logcnt"]


def test_what_the_command_warns_of_is_a_warning() -> None:
    with pytest.warns(expert_replay.ExpertReplayWarning, match="as sglang serves it the plan is less even") as warned:
        plan = expert_replay.plan(DECODE, "eplb", to="sglang", ranks=16)
    assert str(warned[0].message) == plan.warning
    assert warned[0].filename == __file__


def test_sglang_has_a_row_for_each_hidden_layer() -> None:
    plan = expert_replay.plan(DECODE, "eplb", to="sglang", ranks=16)
    rows = json.loads(plan.text)["physical_to_logical_map"]
    assert len(rows) > 3
    assert plan.physical_to_logical.tolist() == rows[3:6]


def test_shares_add_up_to_one_for_each_expert() -> None:
    plan = expert_replay.plan(DECODE, "fractional", ranks=16)
    sums = np.zeros_like(plan.logical_counts, dtype=float)
    for layer, row in enumerate(plan.physical_to_logical):
        np.add.at(sums[layer], row, plan.shares[layer])
    np.testing.assert_allclose(sums, 1)
    assert len(np.unique(plan.shares)) > 10, "unequal"
    even = expert_replay.plan(DECODE, "eplb", to="deepseek-eplb", ranks=16)
    np.testing.assert_array_equal(even.shares[0, 0], 1 / even.logical_counts[0, even.physical_to_logical[0, 0]])


def test_layers_that_differ_in_slots() -> None:
    plan = expert_replay.plan(DECODE, "greedy:planner.kind=duplicate-hottest,planner.redundantSlots=8", ranks=8)
    text: dict[str, Any] = json.loads(plan.text)
    text["physicalToLogical"][1] = text["physicalToLogical"][1][:256]
    text["share"][1] = text["share"][1][:256]
    cut = expert_replay.Plan(json.dumps(text), "json", plan.raw)
    assert cut.physical_to_logical[1, 256:].tolist() == [-1] * 8
    held = cut.logical_to_physical[1]
    slots = held[held >= 0]
    assert sorted(slots.tolist()) == list(range(256))
    experts = np.repeat(np.arange(256), cut.logical_counts[1])
    np.testing.assert_array_equal(cut.physical_to_logical[1, slots], experts)
    assert cut.shares[1, 256:].tolist() == [0.0] * 8


def test_loads_as_an_array_and_the_plan_in_force() -> None:
    loads = expert_replay.inspect(HOT_COLD).loads
    plan = expert_replay.plan(loads, "eplb", ranks=8)
    before = expert_replay.plan(loads, "eplb:redundantSlotsPerRank=1", ranks=8, to="sglang")
    again = expert_replay.plan(loads, "eplb", ranks=8, diff=before)
    np.testing.assert_array_equal(plan.physical_to_logical, again.physical_to_logical)
    assert again.raw["experts"] == 0, "nothing moves"
    assert "experts" not in plan.raw
