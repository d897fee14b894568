"""One study on this machine, on Ray and on Slurm, with workers killed in the middle: three stores of equal rows.

Needs slurm-wlm and munge of Debian and the administrator's rights; takes minutes. `make nightly-engines` runs it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from loopback.processes import running
from loopback.slurm_cluster import SlurmCluster
from loopback.study import BINARY, ROOT, rows

from expert_replay import results

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from loopback.ray_cluster import RayCluster

pytestmark = pytest.mark.nightly

STUDY = """
name: three-engines
traces: [{traces}]
clusters: [h100-cx7, gb200-nvl72]
ranks: [8, 16, 32, 64]
policies:
  - {{policy: eplb, grid: {{window: [1, 2, 3, 4, 6], steps: [2, 4, 8, 16]}}}}
  - {{policy: greedy, grid: {{window: [1, 2, 3, 4, 6], steps: [2, 4, 8, 16]}}}}
options: {{steps: "0:4"}}
"""


def say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


def recordings(folder: Path) -> list[str]:
    """Shipped traces, and those of the shared folder where it is, converted."""
    traces = sorted(f"traces/{path.name}" for path in (ROOT / "traces").glob("*.moetrace"))
    shared = Path(os.environ.get("EXPERT_REPLAY_SHARED", ROOT.parent / "shared")) / "traces"
    for recording in sorted(shared.glob("esft-*.npz")):
        trace = folder / f"{recording.stem}.moetrace"
        words = ["--batch", "prefill", "--tokens-per-step", "1024", "--experts", "64", "-o", str(trace)]
        subprocess.run([BINARY, "convert", str(recording), *words], check=True)
        traces.append(str(trace))
    return traces


class Manifest:
    """The study's, made once; each engine has a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "three.jsonl"
        traces = recordings(folder)
        (folder / "three.yaml").write_text(STUDY.format(traces=", ".join(traces)))
        words = [str(folder / "three.yaml"), "--bundle", "10", "--sample", "0", "-o", str(self.path)]
        planned = subprocess.run(
            [BINARY, "study", "plan", *words], cwd=ROOT, capture_output=True, text=True, check=True
        )
        say(planned.stderr.strip())
        self.jobs = sum(1 for _ in self.path.open()) - 1

    def command(self, engine: str, *words: str) -> list[str]:
        return [BINARY, "study", *words[:1], str(self.path), *words[1:], "--results", str(self.folder / engine)]

    def outcomes(self, engine: str) -> int:
        return len(results.digests(self.folder / engine))


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    return Manifest(tmp_path_factory.mktemp("engines"))


@pytest.fixture(scope="module")
def expected(manifest: Manifest) -> list[tuple[object, ...]]:
    """Rows of a run on this machine, whose store lies beside the manifest."""
    start = time.monotonic()
    subprocess.run(manifest.command("here", "run"), cwd=ROOT, check=True)
    say(f"this machine: {manifest.jobs} jobs in {time.monotonic() - start:.0f} s")
    found = rows(manifest.folder / "three.sqlite")
    with sqlite3.connect(manifest.folder / "three.sqlite") as store:
        replays, failed = store.execute("SELECT count(*), count(error) FROM replays WHERE NOT isBaseline").fetchone()
    say(f"this machine: {replays} replays, of which {failed} cannot be; {len(found)} rows with settings")
    assert replays >= 2000
    return found


@pytest.fixture
def slurm() -> Iterator[SlurmCluster]:
    cluster = SlurmCluster()
    yield cluster
    cluster.stop()


def submit(
    manifest: Manifest, engine: str, words: list[str], environment: dict[str, str], kill: Callable[[], str]
) -> Path:
    """Submit the study, kill something once a third is done, and wait for the end."""
    store = manifest.folder / f"{engine}.sqlite"
    start = time.monotonic()
    command = [*manifest.command(engine, "submit", "--engine", engine, "-o", str(store)), *words]
    submission = subprocess.Popen(command, cwd=ROOT, env=os.environ | environment)
    for part in (3, 2):
        while manifest.outcomes(engine) < manifest.jobs // part and submission.poll() is None:
            time.sleep(0.05)
        assert submission.poll() is None, "ended before anything was killed"
        say(f"{engine}: after {manifest.outcomes(engine)} jobs killed {kill()}")
    assert submission.wait(1800) == 0
    say(f"{engine}: {manifest.jobs} jobs in {time.monotonic() - start:.0f} s")
    return store


def kill_one(find: Callable[[], list[int]], what: str) -> str:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        for process in find():
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
                return f"{what} {process} with -9"
    raise TimeoutError(f"no {what} to kill")


def check(manifest: Manifest, engine: str, store: Path, expected: list[tuple[object, ...]]) -> None:
    assert manifest.outcomes(engine) == manifest.jobs
    found = rows(store)
    with sqlite3.connect(store) as connection:
        keys = Counter(connection.execute("SELECT key FROM replays").fetchall())
    assert max(keys.values()) == 1
    assert found == expected
    say(f"{engine}: {len(found)} rows, equal to this machine's; {len(keys)} replays and baselines, none twice")


def test_ray(manifest: Manifest, expected: list[tuple[object, ...]], cluster: RayCluster) -> None:
    words = f"--results {manifest.folder / 'ray'} --jobs -"

    def kill() -> str:
        # The command's parent is the Ray worker.
        return kill_one(lambda: [parent for _, parent in running(words)], "Ray worker")

    environment = {"RAY_ADDRESS": cluster.address, "EXPERT_REPLAY_PYTHON": sys.executable}
    check(manifest, "ray", submit(manifest, "ray", [], environment, kill), expected)


def test_slurm(manifest: Manifest, expected: list[tuple[object, ...]], slurm: SlurmCluster) -> None:
    words = f"--results {manifest.folder / 'slurm'} --jobs "

    def kill() -> str:
        return kill_one(lambda: [process for process, _ in running(words)], "Slurm task")

    store = submit(manifest, "slurm", ["--workers", "2"], slurm.environment, kill)
    check(manifest, "slurm", store, expected)
