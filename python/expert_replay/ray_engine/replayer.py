"""What runs on a worker: one process of the command that is asked job after job."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from expert_replay import binary, results


@dataclass(frozen=True)
class Site:
    """Where a worker finds what it needs; paths are its own."""

    binary: str
    """Where that is not there, the command of the worker's own wheel is taken: it is to be of the same version."""
    manifest: str
    folder: str
    """The working directory, which names of traces and presets are relative to."""
    home: str | None
    """`EXPERT_REPLAY_HOME`."""
    results: str
    """The folder of results."""
    gathers: bool
    """Whether outcomes are handed back, as that folder is the worker's own."""


@dataclass(frozen=True)
class Answer:
    """What became of a job."""

    node: str
    """Ray's id of the machine."""
    host: str
    reason: str | None = None
    """Why it has no outcome; none if it has one."""
    status: int = 0
    """The exit status of a command that gave up, by sysexits.h; 0 for one that goes on to other jobs."""
    outcome: bytes | None = None


class ReplayerDiedError(RuntimeError):
    """The command was killed; the job is worth another try."""


class Replayer:
    """A process of `study run --jobs -`."""

    def __init__(self, site: Site) -> None:
        self.results = Path(site.results).absolute()
        home = {"EXPERT_REPLAY_HOME": str(Path(site.home).absolute())} if site.home else {}
        path = Path(site.binary).absolute()
        own = None if path.exists() else binary.of_wheel()
        command = [own or str(path), "study", "run", str(Path(site.manifest).absolute())]
        self.process = subprocess.Popen(
            [*command, "--results", str(self.results), "--jobs", "-", "--threads", "1"],
            cwd=site.folder,
            env=os.environ | home,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def ask(self, number: int) -> str | None:
        """Run a job; what is missing here for it, if anything is. `EOFError` when the process has ended instead."""
        assert self.process.stdin
        assert self.process.stdout
        try:
            self.process.stdin.write(f"{number}\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise EOFError from None
        answer = self.process.stdout.readline()
        if not answer.endswith("\n"):
            raise EOFError
        outcome, _, reason = answer.removeprefix(f"{number} ").rstrip("\n").partition(": ")
        return None if outcome == "done" else reason

    def end(self) -> tuple[int, str]:
        """Of a process that has ended: its status and what it complained of last."""
        assert self.process.stderr
        lines = self.process.stderr.read().splitlines()
        return self.process.wait(), lines[-1].removeprefix("expert-replay: ") if lines else "it said nothing"

    def take(self, digest: str) -> bytes:
        """Take a job's outcome out of a folder of the worker's own."""
        file = results.outcome_file(self.results, digest)
        outcome = file.read_bytes()
        file.unlink()
        return outcome


_replayers: dict[Site, Replayer] = {}


def replay(site: Site, number: int, digest: str, node: str) -> Answer:
    """Run a job on this worker; `ReplayerDiedError` if the command was killed."""
    host = os.uname().nodename
    try:
        replayer = _replayers.get(site) or Replayer(site)
    except OSError as error:
        return Answer(node, host, f"{error.filename or site.binary}: {error.strerror}", os.EX_NOINPUT)
    _replayers[site] = replayer
    try:
        reason = replayer.ask(number)
    except EOFError:
        del _replayers[site]
        status, complaint = replayer.end()
        if status < 0:
            raise ReplayerDiedError(f"expert-replay ended by signal {-status}") from None
        return Answer(node, host, complaint, status or os.EX_SOFTWARE)
    if reason is not None:
        return Answer(node, host, reason)
    return Answer(node, host, outcome=replayer.take(digest) if site.gathers else None)
