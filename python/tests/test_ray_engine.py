"""The engine on a Ray head and two worker nodes, against `study run`."""

from __future__ import annotations

import gzip
import json
import os
from typing import TYPE_CHECKING

from loopback.study import rows, stand_in, submit

if TYPE_CHECKING:
    from pathlib import Path

    from loopback.ray_cluster import RayCluster
    from loopback.study import Study

# Presets are found; traces, which are named from the working directory, are not.
ELSEWHERE = "export EXPERT_REPLAY_HOME=$PWD; cd /"


def test_a_worker_that_is_killed_loses_nothing(study: Study, cluster: RayCluster, tmp_path: Path) -> None:
    # Each of the first three commands kills the Ray worker that started it.
    body = f'for i in 1 2 3; do if mkdir "{tmp_path}/$i" 2>/dev/null; then kill -9 $PPID; break; fi; done'
    worker = stand_in(tmp_path, body)
    ended = submit(study.manifest, "--address", cluster.address, "--worker-binary", worker, folder=tmp_path)
    # Ray may have said before that its workers died.
    assert (ended.returncode, ended.stderr.splitlines()[-1]) == (0, f"40 jobs collected into {tmp_path}/store.sqlite")
    assert all((tmp_path / str(number)).exists() for number in (1, 2, 3))
    assert rows(tmp_path / "store.sqlite") == study.rows


def test_nothing_has_to_be_shared(study: Study, cluster: RayCluster, tmp_path: Path) -> None:
    ended = submit(study.manifest, "--address", cluster.address, "--ship", "--gather", folder=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, f"40 jobs collected into {tmp_path}/store.sqlite\n")
    assert rows(tmp_path / "store.sqlite") == study.rows


def test_jobs_go_where_their_trace_is(study: Study, cluster: RayCluster, tmp_path: Path) -> None:
    worker = stand_in(tmp_path, f'if [ "$NODE" = 1 ]; then {ELSEWHERE}; fi')
    ended = submit(study.manifest, "--address", cluster.address, "--worker-binary", worker, folder=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, f"40 jobs collected into {tmp_path}/store.sqlite\n")
    assert rows(tmp_path / "store.sqlite") == study.rows


def test_jobs_are_left_where_no_worker_has_the_trace(study: Study, cluster: RayCluster, tmp_path: Path) -> None:
    worker = stand_in(tmp_path, ELSEWHERE)
    ended = submit(study.manifest, "--address", cluster.address, "--worker-binary", worker, folder=tmp_path)
    assert ended.returncode == os.EX_NOINPUT
    assert ended.stderr.splitlines()[-1].startswith("expert-replay: 40 of 40 jobs without a result: job ")
    assert ".moetrace: no such file" in ended.stderr
    assert " (on " in ended.stderr


def test_a_full_disk_on_one_worker(study: Study, cluster: RayCluster, tmp_path: Path) -> None:
    # A file of more than no bytes is one too large, as it is on a full disk.
    worker = stand_in(tmp_path, '[ "$NODE" = 1 ] && ulimit -f 0')
    words = ["--address", cluster.address, "--worker-binary", worker, "--gather"]
    ended = submit(study.manifest, *words, folder=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, f"40 jobs collected into {tmp_path}/store.sqlite\n")
    assert rows(tmp_path / "store.sqlite") == study.rows


def test_full_disks_on_all_workers(study: Study, cluster: RayCluster, tmp_path: Path) -> None:
    worker = stand_in(tmp_path, "ulimit -f 0")
    words = ["--address", cluster.address, "--worker-binary", worker, "--gather"]
    ended = submit(study.manifest, *words, folder=tmp_path)
    assert ended.returncode == os.EX_CANTCREAT
    assert "40 of 40 jobs without a result: job " in ended.stderr
    assert "cannot write: " in ended.stderr


def test_results_that_workers_keep_to_themselves(study: Study, cluster: RayCluster, tmp_path: Path) -> None:
    # The folder of results is another one there.
    body = f'[ "$NODE" ] && set -- study run "$3" --results {tmp_path}/elsewhere --jobs - --threads 1'
    worker = stand_in(tmp_path, body)
    ended = submit(study.manifest, "--address", cluster.address, "--worker-binary", worker, folder=tmp_path)
    assert ended.returncode == os.EX_NOINPUT
    assert ended.stderr.splitlines()[-1] == (
        f"expert-replay: 40 of 40 jobs without a result: workers do not share {tmp_path}/results with this machine; "
        "give --gather"
    )


def test_submitting_again_does_what_is_missing(study: Study, cluster: RayCluster, tmp_path: Path) -> None:
    (tmp_path / "results").symlink_to(study.folder / "small.results")
    # Nothing is: no Ray is looked for.
    ended = submit(study.manifest, "--address", "127.0.0.1:1", folder=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, f"40 jobs collected into {tmp_path}/store.sqlite\n")
    outcome = next((study.folder / "small.results/results").glob("*/*.json.gz"))
    before = json.loads(gzip.decompress(outcome.read_bytes()))
    outcome.unlink()
    ended = submit(study.manifest, "--address", cluster.address, folder=tmp_path)
    assert ended.returncode == 0
    assert json.loads(gzip.decompress(outcome.read_bytes())) == before
