"""Parts of the engine that need no Ray."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from loopback.study import BINARY, ROOT, stand_in

from expert_replay import binary, results
from expert_replay.manifest import Job, Manifest, ManifestError
from expert_replay.ray_engine import cargo
from expert_replay.ray_engine.machines import Machines
from expert_replay.ray_engine.progress import describe
from expert_replay.ray_engine.replayer import Answer, Replayer, ReplayerDiedError, Site, replay

if TYPE_CHECKING:
    from loopback.study import Study


def test_manifest_has_the_jobs_in_order(study: Study) -> None:
    manifest = Manifest.read(study.manifest)
    jobs = list(manifest.jobs())
    assert [job.number for job in jobs] == list(range(40)) == list(range(manifest.header["jobs"]))
    assert {job.digest for job in jobs} == results.digests(study.folder / "small.results")
    assert manifest.files() == ["traces/decode-256.moetrace", "traces/hot-cold.moetrace"]
    assert {"h100-cx7", "greedy", "eplb", "static"} <= set(manifest.preset_names())


@pytest.mark.parametrize("text", ["", "not JSON\n", "[]\n", '{"format": "other"}\n'])
def test_what_is_no_manifest(text: str, tmp_path: Path) -> None:
    (tmp_path / "m").write_text(text)
    with pytest.raises(ManifestError, match="line 1: not a manifest"):
        Manifest.read(tmp_path / "m")


@pytest.mark.parametrize("line", ["{", "[]", '{"job": "ab"}'])
def test_what_is_no_job(line: str, tmp_path: Path) -> None:
    (tmp_path / "m").write_text('{"format": "expert-replay-study"}\n{"job": "ab", "trace": "t"}\n' + line + "\n")
    with pytest.raises(ManifestError, match="job 1: not a job"):
        list(Manifest.read(tmp_path / "m").jobs())


def test_an_outcome_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    results.store(tmp_path, "abcd", b"1")
    assert results.digests(tmp_path) == {"abcd"}
    with pytest.raises(TypeError):
        results.store(tmp_path, "abce", None)  # type: ignore[arg-type]
    assert [file.name for file in (tmp_path / "results/ab").iterdir()] == ["abcd.json.gz"]


def test_progress_says_rate_and_rest() -> None:
    assert describe(0, 480, 3) == "0 of 480 jobs"
    assert describe(120, 480, 37.5) == "120 of 480 jobs, 3.2 a second, about 1.88 min left"
    assert describe(1, 1000, 10) == "1 of 1000 jobs, 0.1 a second, about 2.77 h left"


def test_machines_are_kept_from_jobs_that_they_refused() -> None:
    machines = Machines()
    here, there = Job(0, "a", "here"), Job(1, "b", "there")
    assert machines.selector(here) == {}
    machines.refused(here, Answer("n1", "host", "no such file"))
    assert machines.unfit(here) == {"n1"}
    assert machines.unfit(there) == set()
    machines.refused(there, Answer("n2", "host", "disk full", os.EX_CANTCREAT))
    assert machines.selector(here) == {"ray.io/node-id": "!in(n1,n2)"}
    assert machines.selector(there) == {"ray.io/node-id": "!in(n2)"}


@pytest.mark.usefixtures("in_root")
def test_cargo_replays_where_nothing_else_is(study: Study, tmp_path: Path) -> None:
    (tmp_path / "cargo").mkdir()
    cargo.pack(tmp_path / "cargo", Manifest.read(study.manifest), Path(BINARY))
    words = ["study", "run", "manifest.jsonl", "--results", str(tmp_path / "results"), "--job", "25"]
    environment = {"PATH": "/usr/bin", "EXPERT_REPLAY_HOME": "home"}
    subprocess.run(["./expert-replay", *words], cwd=tmp_path / "cargo", env=environment, check=True)
    (name,) = results.digests(tmp_path / "results")
    same = results.outcome_file(study.folder / "small.results", name)
    assert results.outcome_file(tmp_path / "results", name).read_bytes() == same.read_bytes()


@pytest.mark.usefixtures("in_root")
def test_cargo_has_a_limit(study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cargo, "LARGEST", 1 << 20)
    with pytest.raises(cargo.CargoError, match="MiB, Ray ships at most 1: put them on storage"):
        cargo.pack(tmp_path, Manifest.read(study.manifest), Path(BINARY))


@pytest.mark.parametrize("name", ["/etc/passwd", "../up.moetrace", "none.moetrace"])
def test_cargo_takes_files_below_the_working_directory(name: str, study: Study, tmp_path: Path) -> None:
    manifest = Manifest.read(study.manifest)
    manifest.header["traces"] = [{"name": name, "kind": "file"}]
    with pytest.raises(cargo.CargoError, match=name):
        cargo.pack(tmp_path, manifest, Path(BINARY))


def site(study: Study, tmp_path: Path, binary: str = BINARY, folder: Path = ROOT) -> Site:
    return Site(binary, str(study.manifest), str(folder), str(ROOT), str(tmp_path / "results"), gathers=False)


def test_a_replayer_answers_job_after_job(study: Study, tmp_path: Path) -> None:
    jobs = list(Manifest.read(study.manifest).jobs())
    replayer = Replayer(site(study, tmp_path))
    assert [replayer.ask(number) for number in (3, 1, 30)] == [None, None, None]
    assert results.digests(tmp_path / "results") == {jobs[number].digest for number in (3, 1, 30)}
    replayer.process.send_signal(signal.SIGKILL)
    with pytest.raises(EOFError):
        replayer.ask(4)
    assert replayer.end()[0] == -signal.SIGKILL


def test_what_is_missing_is_said(study: Study, tmp_path: Path) -> None:
    answer = replay(site(study, tmp_path, folder=tmp_path), 3, "digest", "node")
    assert (answer.reason or "").startswith("traces/decode-256.moetrace: no such file")
    assert (answer.status, answer.node) == (0, "node")


def test_a_command_that_gives_up_says_why(study: Study, tmp_path: Path) -> None:
    answer = replay(site(study, tmp_path), 400, "digest", "node")
    assert (answer.status, answer.reason) == (os.EX_USAGE, f"{study.manifest}: no job 400; the manifest has 0…39")
    answer = replay(site(study, tmp_path, binary="/no/binary"), 3, "digest", "node")
    assert (answer.status, answer.reason) == (os.EX_NOINPUT, "/no/binary: No such file or directory")


def test_a_worker_takes_the_command_of_its_own_wheel(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = site(study, tmp_path, binary="/of/the/driver/expert-replay")
    monkeypatch.setattr(binary, "of_wheel", lambda: BINARY)
    assert replay(elsewhere, 3, "digest", "node").reason is None
    assert len(results.digests(tmp_path / "results")) == 1
    here = site(study, tmp_path, binary=stand_in(tmp_path, "exit 70"))
    assert replay(here, 4, "digest", "node").status == os.EX_SOFTWARE, "what is at the driver's path comes first"


def test_a_command_that_is_killed_is_worth_another_try(study: Study, tmp_path: Path) -> None:
    with pytest.raises(ReplayerDiedError, match="signal 9"):
        replay(site(study, tmp_path, binary=stand_in(tmp_path, "kill -9 $$")), 3, "digest", "node")
