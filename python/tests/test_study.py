"""`Study`: planned, run and submitted by the command, results as they lie in its store."""

from __future__ import annotations

import sqlite3
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
import yaml  # type: ignore[import-untyped]
from loopback.study import ROOT, rows

import expert_replay
from expert_replay import ExpertReplayError, StudyResults

if TYPE_CHECKING:
    from pathlib import Path

    from loopback.ray_cluster import RayCluster
    from loopback.study import Study as Planned

pytestmark = [
    pytest.mark.usefixtures("in_root"),
    # Of policies that do not fit on few ranks.
    pytest.mark.filterwarnings("ignore::expert_replay.ExpertReplayWarning"),
]


def small(folder: Path, *, ranks: range = range(8, 17, 8)) -> expert_replay.Study:
    return expert_replay.Study(
        name="small",
        traces=["traces/decode-256.moetrace", ROOT / "traces/hot-cold.moetrace"],
        ranks=ranks,
        policies=["greedy", {"policy": "eplb", "grid": {"window": [2, 4]}}],
        options={"steps": "0:12"},
        folder=folder,
    )


def test_a_study_from_values(tmp_path: Path) -> None:
    study = small(tmp_path / "new")
    assert study.plan() == "small: 4 jobs, 12 replays (2 traces, 1 cluster, policies 3)"
    listed = yaml.safe_load((tmp_path / "new/small.yaml").read_text())
    assert listed["ranks"] == [8, 16]
    assert listed["traces"] == ["traces/decode-256.moetrace", str(ROOT / "traces/hot-cold.moetrace")]
    results = study.run(threads=2)
    assert results.store == study.store
    assert repr(results) == f"<StudyResults: 16 replays in {tmp_path}/new/small.sqlite>"
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == [
        *("small.jsonl", "small.results", "small.sqlite", "small.yaml"),
    ]


def test_a_study_grows(tmp_path: Path) -> None:
    assert len(small(tmp_path, ranks=range(8, 9)).run()) == 8
    outcomes = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.json.gz")}
    assert len(small(tmp_path).run()) == 16
    assert outcomes.items() <= {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.json.gz")}.items()


def test_a_study_from_a_file(study: Planned, tmp_path: Path) -> None:
    again = expert_replay.Study(study.folder / "small.yaml", folder=tmp_path).run(bundle=1)
    assert rows(again.store) == study.rows
    named = expert_replay.Study("first-look", folder=tmp_path)
    assert named.plan().startswith("first-look: 4 jobs, ")
    assert (tmp_path / "first-look.jsonl").is_file()


def test_a_study_on_ray(cluster: RayCluster, tmp_path: Path) -> None:
    here = small(tmp_path / "here").run()
    there = small(tmp_path / "ray").submit("ray", workers=2, engine_options=[f"--address={cluster.address}"])
    assert rows(there.store) == rows(here.store)


def test_frames_have_the_stores_rows(study: Planned) -> None:
    results = StudyResults(study.folder / "small.sqlite")
    with sqlite3.connect(results.store) as connection:
        expected = connection.execute(
            "SELECT key, ranks, isBaseline, causal, time_total, improvement_total, error FROM replays ORDER BY key"
        ).fetchall()
    frame = results.frame().sort_values("key")
    assert len(results) == len(frame) == len(expected)
    assert frame["key"].tolist() == [row[0] for row in expected]
    assert frame["ranks"].tolist() == [row[1] for row in expected]
    assert frame["isBaseline"].tolist() == [bool(row[2]) for row in expected]
    assert frame["isBaseline"].dtype == np.bool_
    assert frame["time_total"].dtype == np.float64
    for name, place in (("time_total", 4), ("improvement_total", 5)):
        np.testing.assert_array_equal(frame[name], [np.nan if row[place] is None else row[place] for row in expected])
    for value, row in zip(frame["causal"], expected, strict=True):
        assert value is (None if row[3] is None else bool(row[3]))
    assert set(results.frame("settings")["name"]) == {"window", "steps"}
    assert dict(zip(*results.columns("study").values(), strict=True))["study"] == "small"


def test_a_duckdb_relation(study: Planned) -> None:
    results = StudyResults(study.folder / "small.sqlite")
    with sqlite3.connect(results.store) as connection:
        question = "SELECT policy, max(time_total) FROM replays WHERE ranks = 16 GROUP BY policy ORDER BY policy"
        expected = connection.execute(question).fetchall()
    relation = results.duckdb().filter("ranks = 16").aggregate("policy, max(time_total)").order("policy")
    assert relation.fetchall() == expected
    assert results.duckdb("settings").aggregate("count(*)").fetchall() == [(len(results.frame("settings")),)]


def test_without_duckdb(study: Planned, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(ImportError, match="duckdb is not installed: pip install duckdb pyarrow"):
        StudyResults(study.folder / "small.sqlite").duckdb()


def test_mistakes(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="expected a study's file, or what it lists"):
        expert_replay.Study()
    with pytest.raises(TypeError, match="expected a study's file, or what it lists"):
        expert_replay.Study("first-look", name="mine")
    with pytest.raises(TypeError, match="Study has no option 'policy'; did you mean 'policies'"):
        expert_replay.Study(policy=["eplb"])  # type: ignore[call-arg]
    with pytest.raises(ExpertReplayError, match=r"study\.yaml: line 4: epl: no such entry|epl: no such entry"):
        expert_replay.Study(traces=["traces/hot-cold.moetrace"], policies=["epl"], folder=tmp_path).run()
    with pytest.raises(ExpertReplayError, match="none: no such file") as raised:
        StudyResults("none")
    assert raised.value.status == 66
    with pytest.raises(TypeError, match="nothing that a study lists"):
        expert_replay.Study(policies=[object()], folder=tmp_path).plan()  # type: ignore[list-item]
