"""The folder of a study's results: an outcome a job, named by its digest, there when it is complete."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def outcome_file(folder: Path, digest: str) -> Path:
    """Where a job's outcome is, or will be."""
    return folder / "results" / digest[:2] / f"{digest}.json.gz"


def digests(folder: Path) -> set[str]:
    """Of the jobs that have an outcome."""
    names = (file.name for file in (folder / "results").glob("*/*.json.gz"))
    return {name.removesuffix(".json.gz") for name in names}


def store(folder: Path, digest: str, outcome: bytes) -> None:
    """Put an outcome in its place, in one step; `OSError` leaves nothing behind."""
    file = outcome_file(folder, digest)
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=".")
    try:
        with os.fdopen(descriptor, "wb") as output:
            output.write(outcome)
        Path(name).chmod(0o644)
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
