"""Where the command is, and whether it is of this package's version."""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import subprocess
from importlib import metadata
from pathlib import Path

from expert_replay.errors import ExpertReplayError
from expert_replay.version import __version__

VARIABLE = "EXPERT_REPLAY_BINARY"
PLACE = "_tool/bin/expert-replay"
"""In the wheel; the command finds its presets beside it, in `_tool/share`."""


def find() -> str:
    """Path of the command: what `EXPERT_REPLAY_BINARY` names, else the wheel's own, else that on PATH.

    `ExpertReplayError` (66) that says where it was looked for.
    """
    named = os.environ.get(VARIABLE)
    if named:
        if path := shutil.which(named):
            return path
        raise ExpertReplayError(f"{named}: no such program; {VARIABLE} names it", os.EX_NOINPUT)
    path = of_wheel() or _on_path()
    if path is None:
        raise ExpertReplayError(
            f"the command expert-replay is not here: looked in ${VARIABLE}, which is not set, "
            f"{Path(__file__).parent / PLACE}, and on PATH; install a wheel, or make install",
            os.EX_NOINPUT,
        )
    return path


def of_wheel() -> str | None:
    """Path of the command that was installed with the package, if it was.

    The package may have been imported from elsewhere, as by workers of Ray, which it is sent to without the command.
    """
    places = [Path(__file__).parent / PLACE]
    with contextlib.suppress(metadata.PackageNotFoundError):
        places.append(Path(str(metadata.distribution("expert-replay").locate_file(f"expert_replay/{PLACE}"))))
    return next((str(place) for place in places if place.is_file()), None)


def _on_path() -> str | None:
    for folder in os.get_exec_path():
        path = shutil.which("expert-replay", path=folder)
        if path and not _is_ours(path):
            return path
    return None


def _is_ours(path: str) -> bool:
    """Whether it is the script that pip makes of `expert_replay.console`, which would look for the command again."""
    with Path(path).open("rb") as file:
        head = file.read(1024)
    return head.startswith(b"#!") and b"expert_replay" in head


def of_this_version() -> str:
    """Path of the command; `ExpertReplayError` (64) for one of another version, whose results could be others."""
    path = find()
    _check(path, Path(path).stat().st_mtime_ns)
    return path


@functools.cache
def _check(path: str, _modified: int) -> None:
    try:
        asked = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)
    except OSError as error:
        raise ExpertReplayError(f"{path}: {error.strerror}", os.EX_NOINPUT) from None
    version = asked.stdout.strip()
    if version != __version__:
        raise ExpertReplayError(
            f"{path}: version {version or 'unknown'}, expected {__version__}, this package's; "
            f"install the same of both, or name another in {VARIABLE}",
            os.EX_USAGE,
        )
