"""Processes that end with a test."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Processes:
    """Started one by one, ended in the opposite order."""

    def __init__(self, logs: Path) -> None:
        self.logs = logs
        self.started: list[subprocess.Popen[bytes]] = []

    def start(self, command: list[str], environment: dict[str, str] | None = None) -> Path:
        """Start a program that stays in the foreground; the path of its log."""
        log = self.logs / f"{len(self.started)}-{os.path.basename(command[0])}.log"  # noqa: PTH119
        with log.open("wb") as output:
            self.started.append(
                subprocess.Popen(
                    command,
                    env=os.environ | (environment or {}),
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            )
        return log

    def wait_until(self, holds: Callable[[], bool], what: str, seconds: float = 90) -> None:
        """Look again and again; `TimeoutError`, with the ends of the logs, for what does not come."""
        end = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > end or any(process.poll() for process in self.started):
                ends = [f"{log.name}: {log.read_text(errors='replace')[-2000:]}" for log in self.logs.glob("*.log")]
                raise TimeoutError(f"no {what}\n" + "\n".join(ends))
            time.sleep(0.1)

    def stop(self) -> None:
        """End all of them, and what they started in their sessions."""
        for process in reversed(self.started):
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def free_port() -> int:
    """Return a port of the loopback that nobody has at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert isinstance(port, int)
    return port


def running(words: str) -> list[tuple[int, int]]:
    """Ids of processes, and of their parents, whose command lines have the words."""
    lines = subprocess.run(
        ["ps", "-ww", "-eo", "pid=,ppid=,args="], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    found = (line.split(maxsplit=2) for line in lines if words in line)
    return [(int(fields[0]), int(fields[1])) for fields in found if int(fields[0]) != os.getpid()]
