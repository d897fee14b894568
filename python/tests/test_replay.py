"""`replay`: what it returns is what the command prints."""

from __future__ import annotations

import csv
import html
import io
import json
import pickle
import sys
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from companion.asked import DECODE, HOT_COLD, asked, printed
from loopback.study import ROOT

import expert_replay
from expert_replay import columns
from expert_replay.trace import Trace, open_trace, read_trace

if TYPE_CHECKING:
    from pathlib import Path

    from expert_replay import MachinesResult, ReplayResult

pytestmark = pytest.mark.usefixtures("in_root")


@pytest.fixture(scope="module")
def result() -> ReplayResult:
    return expert_replay.replay(DECODE, ["eplb:steps=4", "oracle"], ranks=16, seed=3)


@pytest.fixture(scope="module")
def words() -> list[str]:
    return ["replay", DECODE, "--policy", "eplb:steps=4", "--policy", "oracle", "--ranks", "16", "--seed", "3"]


@pytest.fixture(scope="module")
def machines() -> MachinesResult:
    return expert_replay.replay_machines(HOT_COLD, "greedy", cluster=["h100-cx7", "h200-cx7"], ranks=[8, 16])


def test_the_result_is_the_commands(result: ReplayResult, words: list[str]) -> None:
    expected = asked(*words, "--details")
    # What it was made from has the words of the command line.
    del expected["details"]["provenance"]
    raw = json.loads(json.dumps(result.raw))
    del raw["details"]["provenance"]
    assert raw == expected
    assert result.names == ["static", "eplb:steps=4", "oracle"]
    assert (result.cluster, result.ranks, result.notes) == ("h100-cx7", 16, expected["notes"])


def test_a_row_for_each_policy(result: ReplayResult) -> None:
    frame = result.policies
    assert list(frame.index) == result.names
    for policy in result.raw["policies"]:
        row = frame.loc[policy["name"]]
        assert row["time.total"] == policy["time"]["total"]
        assert row["improvement.totalPriceLow"] == pytest.approx(
            policy.get("improvement", {}).get("totalPriceLow", np.nan), nan_ok=True
        )
    assert frame["causal"].tolist() == [True, True, False]
    assert frame["rebalances.count"].dtype == np.int64


def test_columns_are_those_of_the_frame_and_of_the_csv(result: ReplayResult, words: list[str]) -> None:
    table = result.columns("policies")
    pd.testing.assert_frame_equal(pd.DataFrame(table).set_index("name"), result.policies)
    assert np.isnan(table["breakEven.steps"][0]), "the baseline has none"
    head = printed(*words, "--format", "csv").splitlines()[0]
    known = {name.split(" [")[0].replace("policy", "name") for name in head.split(",")}
    # Reasons, and what many failures lose, are in the JSON alone.
    alone = set(table) - known
    assert known <= set(table)
    assert {name for name in alone if not name.startswith("resilience.expectedLost.")} <= {"improvement.noInterval"}


def test_a_row_for_each_step_under_each_policy(result: ReplayResult, words: list[str], tmp_path: Path) -> None:
    printed(*words, "--per-step", str(tmp_path / "steps.csv"))
    rows = list(csv.reader(io.StringIO((tmp_path / "steps.csv").read_text())))
    frame = result.per_step
    assert list(frame.columns) == [name.split(" [")[0] for name in rows[0]]
    assert frame.shape == (24 * 3, len(rows[0]))
    for place, name in enumerate(frame.columns[6:], 6):
        expected = [float(row[place]) if row[place] else np.nan for row in rows[1:]]
        np.testing.assert_array_equal(frame[name].astype(float), expected, err_msg=name)
    assert frame.isna().to_numpy().any(), "some figures are of no step"
    assert frame["step"].dtype == np.int64
    sums = frame.groupby("policy")["time.total"].sum()
    np.testing.assert_allclose(sums[result.names], result.policies["time.total"])


def test_a_row_for_each_layer_under_each_policy(result: ReplayResult) -> None:
    frame = result.per_layer
    assert list(frame["layer"]) == [3, 4, 5] * 3
    assert list(frame["policy"]) == [name for name in result.names for _ in range(3)]
    first = result.raw["policies"][1]["perLayer"][2]
    assert frame["comm"][5] == first["comm"]
    tokens = result.rank_tokens("eplb:steps=4")
    assert tokens.shape == (3, 16)
    assert tokens[2].tolist() == first["rankTokens"]
    assert set(tokens.sum(axis=1)) == {24576 * 8}


def test_what_was_left_out_is_said() -> None:
    short = expert_replay.replay(HOT_COLD, "greedy", ranks=8, steps=range(4), per_step=False, details=False)
    assert short.raw["trace"]["steps"] == 4
    with pytest.raises(ValueError, match="steps were left out: replay with per_step=True"):
        short.columns("per_step")
    with pytest.raises(ValueError, match="layers were left out: replay with details=True"):
        short.columns("per_layer")
    with pytest.raises(ValueError, match="no table 'layers'"):
        short.columns("layers")  # type: ignore[arg-type]
    with pytest.raises(KeyError, match="eplb: no such policy; there are static, greedy"):
        expert_replay.replay(HOT_COLD, "greedy", ranks=8, steps="0:4").rank_tokens("eplb")


def test_rows_of_steps_have_layers_by_layer() -> None:
    result = expert_replay.replay(DECODE, "greedy", ranks=8, steps="0:2", by_layer=True)
    assert result.columns("per_step")["layer"].tolist() == [3, 4, 5] * 4


def test_the_headline_is_the_pages(result: ReplayResult, words: list[str]) -> None:
    page = printed(*words, "--format", "html")
    verdict, answer = result.headline.split(": ", 1)
    assert f"<strong>{verdict}:</strong>" in page
    assert html.escape(answer.split(". ", 1)[1], quote=False) in page
    assert result.page.count("<svg") == page.count("<svg") > 30


def test_a_notebook_shows_the_page(result: ReplayResult, tmp_path: Path) -> None:
    shown = result._repr_html_()
    assert shown.startswith("<iframe ")
    assert 'sandbox="allow-scripts"' in shown
    assert html.unescape(shown.split('srcdoc="')[1].split('"></iframe>')[0]) == result.page
    result.write_page(tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text(encoding="utf-8") == result.page


def test_printed_it_is_the_commands_table(result: ReplayResult, words: list[str]) -> None:
    expected = printed(*words)
    assert [line for line in str(result).splitlines() if "|" in line] == [
        line for line in expected.splitlines() if "|" in line
    ]
    assert repr(result) == "<ReplayResult: static, eplb:steps=4, oracle on h100-cx7, 16 ranks>"


def test_policies_clusters_and_models_as_mappings() -> None:
    policy = {
        "name": "mine",
        "predictor": {"kind": "moving-average", "window": 8},
        "planner": {"kind": "eplb", "redundantSlotsPerRank": 1},
        "schedule": {"kind": "every", "steps": 4, "from": 4, "migration": "overlapped"},
        "dispatch": {"kind": "even"},
    }
    link = {"bandwidth": "40 GB/s", "dispatchLatency": "20 us", "combineLatency": "20 us"}
    cluster = {"name": "ours", "ranks": 8, "ranksPerNode": 4, "allToAll": "port", "scaleUp": link, "scaleOut": link}
    result = expert_replay.replay(HOT_COLD, [policy, "eplb:window=8,steps=4"], cluster=cluster)
    assert (result.cluster, result.ranks) == ("ours", 8)
    first, second = result.policies.loc["mine"], result.policies.loc["eplb:window=8,steps=4"]
    assert first["time.total"] == second["time.total"]
    unnamed = expert_replay.replay(HOT_COLD, {key: policy[key] for key in policy if key != "name"}, ranks=8)
    assert unnamed.names == ["static", "policy"]


def test_every_machine(machines: MachinesResult) -> None:
    assert [(machine.cluster, machine.ranks) for machine in machines] == [
        *(("h100-cx7", 8), ("h100-cx7", 16)),
        *(("h200-cx7", 8), ("h200-cx7", 16)),
    ]
    alone = expert_replay.replay(HOT_COLD, "greedy", cluster="h200-cx7", ranks=16)
    pd.testing.assert_frame_equal(machines[3].policies, alone.policies)
    pd.testing.assert_frame_equal(machines[3].per_step.reset_index(drop=True), alone.per_step)
    assert machines.policies.loc[("h200-cx7", 16, "greedy"), "time.total"] == alone.policies["time.total"]["greedy"]
    assert len(machines.per_step) == 4 * len(alone.per_step)
    assert len(machines.per_layer) == 4 * len(alone.per_layer)
    assert machines.headline.count("\n") == 3
    assert machines.page.count('class="result"') == 4


def test_one_machine_is_a_list_of_one() -> None:
    assert len(expert_replay.replay_machines(HOT_COLD, "greedy", ranks=8)) == 1
    with pytest.raises(TypeError, match="several machines: replay_machines"):
        expert_replay.replay(HOT_COLD, "greedy", ranks=[8, 16])  # type: ignore[arg-type]


def test_a_trace_in_memory() -> None:
    stored = open_trace(DECODE)
    expected = expert_replay.replay(DECODE, "greedy", ranks=8)
    again = expert_replay.replay(stored, "greedy", ranks=8)
    assert again.raw["policies"] == expected.raw["policies"]
    trace = read_trace(DECODE)
    part = Trace(trace.header, trace.steps[:6])
    cut = expert_replay.replay(part, "greedy", ranks=8)
    assert cut.raw["trace"]["steps"] == 6
    by_command = expert_replay.replay(DECODE, "greedy", ranks=8, steps="0:6")
    assert cut.raw["policies"][1]["time"] == by_command.raw["policies"][1]["time"]
    sliced = expert_replay.replay(open_trace(DECODE, slice(0, 6)), "greedy", ranks=8)
    assert sliced.raw["policies"] == cut.raw["policies"]


def test_results_can_be_pickled(result: ReplayResult, machines: MachinesResult) -> None:
    for each in (result, machines):
        again = pickle.loads(pickle.dumps(each))
        pd.testing.assert_frame_equal(again.per_step, each.per_step)


def test_without_pandas(result: ReplayResult, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    assert len(result.columns("policies")["time.total"]) == 3
    with pytest.raises(ImportError) as raised:
        _ = result.per_step
    assert str(raised.value) == (
        "a DataFrame needs pandas: pip install 'expert-replay[frames]'; columns(…) has arrays without it"
    )


def test_whole_numbers_are_those_of_the_schema() -> None:
    found: set[str] = set()
    for name, tables in {
        "replay": ["policies", "policies.perLayer", "router.rewrites"],
        "inspect": ["perLayer", "hottest", "drift", "ranks"],
        "screen": ["flips", "trials", "strategies"],
        "plan-report": ["served.plans"],
        "advise": ["sweeps.strategies"],
        "advise-tune": ["front"],
        "advise-accumulate": ["accumulate"],
        "split-apart": [""],
    }.items():
        schema = json.loads((ROOT / f"docs/schema/{name}.json").read_text())
        for table in tables:
            part = schema
            for key in filter(None, table.split(".")):
                part = part["properties"][key]
                part = part.get("items", part)
            found |= set(whole(part, ""))
    # These are columns of the table of steps.
    assert found | {"step", "tokens"} == columns.WHOLE


def whole(schema: dict[str, object], before: str) -> list[str]:
    """Keys of whole numbers, lists left out."""
    names: list[str] = []
    for key, part in schema.get("properties", {}).items():  # type: ignore[attr-defined]
        if part["type"] == "integer":
            names.append(before + key)
        elif part["type"] == "object" and key != "details":
            names += whole(part, f"{before}{key}.")
    return names
