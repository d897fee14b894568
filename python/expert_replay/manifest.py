"""A study's manifest, which `expert-replay study plan` writes: JSON Lines, a header and then a job a line."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class ManifestError(ValueError):
    """A file that is no manifest, in one line."""


@dataclass(frozen=True)
class Job:
    """Replays of one trace on one machine."""

    number: int
    """From 0, in the manifest's order."""
    digest: str
    """Of everything that its outcome depends on; the outcome's file is named by it."""
    trace: str


@dataclass(frozen=True)
class Manifest:
    """The first line of a manifest, and where the others are."""

    path: Path
    header: dict[str, Any]

    @classmethod
    def read(cls, path: Path) -> Manifest:
        """Read the first line; `ManifestError` for one that is none, `OSError` for a file that cannot be read."""
        with path.open("rb") as file:
            line = file.readline()
        try:
            header = json.loads(line)
        except ValueError:
            header = None
        if not isinstance(header, dict) or header.get("format") != "expert-replay-study":
            raise ManifestError(f"{path}: line 1: not a manifest; expected what study plan -o wrote")
        return cls(path, header)

    def jobs(self) -> Iterator[Job]:
        """Every job; the manifest may be larger than memory."""
        with self.path.open("rb") as file:
            file.readline()
            for number, line in enumerate(line for line in file if line.strip()):
                try:
                    job = json.loads(line)
                    yield Job(number, job["job"], job["trace"])
                except (ValueError, KeyError, TypeError):
                    raise ManifestError(f"{self.path}: job {number}: not a job") from None

    def files(self) -> list[str]:
        """Traces that are files, by the names that jobs have for them."""
        return [trace["name"] for trace in self.header["traces"] if trace["kind"] == "file"]

    def preset_names(self) -> list[str]:
        """Clusters, models, policies and workloads, without what is changed in them."""
        names = [*self.header["clusters"], *self.header["models"], *self.header["policies"]]
        names += [trace["name"] for trace in self.header["traces"] if trace["kind"] == "workload"]
        return sorted({name.split(":")[0] for name in names})
