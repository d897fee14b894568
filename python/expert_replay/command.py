"""Runs the command, to its end or to Ctrl-C."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

from expert_replay import binary, progress_line
from expert_replay.errors import ExpertReplayError, ExpertReplayWarning

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from expert_replay.progress_line import Screen

PATIENCE = 10
"""Seconds that the command has to remove its temporary files when it is interrupted."""


@dataclass(frozen=True)
class Finished:
    """A command that succeeded."""

    output: bytes
    """What it printed."""
    remarks: tuple[str, ...]
    """Notes and timing, a line each."""


def run(words: Sequence[str], *, progress: bool | None = None, folder: Path | None = None) -> Finished:
    """Run the command with these words, and wait for it; Ctrl-C ends it.

    Args:
        words: as on the command line, after `expert-replay`.
        progress: whether to show how far it is; by default on a terminal and in a notebook.
        folder: the working directory, if another.

    Raises:
        ExpertReplayError: the command failed, is not here, or is of another version.

    """
    path = binary.of_this_version()
    screen = progress_line.screen(progress)
    ours, its = progress_line.channel(screen)
    environment = os.environ | {"EXPERT_REPLAY_PYTHON": os.environ.get("EXPERT_REPLAY_PYTHON") or sys.executable}
    if screen is not None:
        environment["TERM"] = "xterm"
    try:
        process = subprocess.Popen(
            [path, *words], cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=its
        )
    finally:
        os.close(its)
    lines: list[str] = []
    listener = threading.Thread(target=_listen, args=(ours, screen, lines), daemon=True)
    listener.start()
    assert process.stdout
    try:
        output = process.stdout.read()
        status = process.wait()
    except BaseException:
        _end(process)
        raise
    finally:
        process.stdout.close()
        listener.join()
        os.close(ours)
    if status:
        raise ExpertReplayError(_complaint(lines, status), status)
    for line in lines:
        if line.startswith("warning: "):
            warnings.warn(line.removeprefix("warning: "), ExpertReplayWarning, stacklevel=3)
    return Finished(output, tuple(lines))


def _listen(channel: int, screen: Screen | None, lines: list[str]) -> None:
    for line in progress_line.listen(channel, screen):
        lines.append(line)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _complaint(lines: list[str], status: int) -> str:
    if status < 0:
        return f"expert-replay was ended by {signal.Signals(-status).name}"
    said = next((line for line in reversed(lines) if line.startswith("expert-replay: ")), None)
    return (
        said.removeprefix("expert-replay: ") if said else f"expert-replay ended with status {status}, and said nothing"
    )
