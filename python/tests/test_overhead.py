"""What Ray costs a job beyond its replays."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from loopback.study import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from loopback.ray_cluster import RayCluster

pytestmark = pytest.mark.nightly

JOBS = 1000
# A worker whose command replays nothing: what remains is Ray, the driver, and a line to and from the command.
COMMAND = '#!/bin/sh\nwhile read -r number; do echo "$number done"; done\n'
# In a process of its own: Ray reads its environment when it is imported.
MEASURE = """
import sys, time, ray
from expert_replay.manifest import Job
from expert_replay.ray_engine.dispatch import Dispatch
from expert_replay.ray_engine.engine import PACKAGE
from expert_replay.ray_engine.replayer import Site
ray.init(address=sys.argv[1], logging_level="ERROR", log_to_driver=False, runtime_env={"py_modules": [str(PACKAGE)]})
site = Site(sys.argv[2], "manifest", "/", None, "results", False)
def seconds(count):
    start = time.perf_counter()
    dispatch = Dispatch(site, None, 0, lambda job, outcome: None)
    assert dispatch.run((Job(n, "", "") for n in range(count)), lambda done: None).done == count
    return time.perf_counter() - start
seconds(20)
print(1000 * seconds(int(sys.argv[3])) / int(sys.argv[3]))
"""


def test_a_job_costs_at_most_50_ms_beyond_its_replays(cluster: RayCluster, tmp_path: Path) -> None:
    command = tmp_path / "expert-replay"
    command.write_text(COMMAND)
    command.chmod(0o755)
    words = [sys.executable, "-c", MEASURE, cluster.address, str(command), str(JOBS)]
    measured = subprocess.run(words, cwd=ROOT / "python", capture_output=True, text=True, check=True)
    milliseconds = float(measured.stdout)
    print(f"{JOBS} jobs on {cluster.WORKERS} workers: {milliseconds:.1f} ms each beyond their replays")
    assert milliseconds * cluster.WORKERS < 50
