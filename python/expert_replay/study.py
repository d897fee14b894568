"""Many replays: traces, machines, policies and settings, on this machine or by an engine."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

from expert_replay import command, options
from expert_replay.study_results import StudyResults

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from typing_extensions import Unpack


class StudyKeys(TypedDict, total=False):
    """What a study lists, and combines with everything else that it lists; `docs/studies.md` describes each."""

    name: str
    traces: Sequence[str | os.PathLike[str]]
    workloads: Sequence[str | Mapping[str, Any]]
    clusters: Sequence[str | Mapping[str, Any]]
    models: Sequence[str | Mapping[str, Any]]
    ranks: Sequence[int]
    phases: Sequence[str]
    policies: Sequence[str | Mapping[str, Any]]
    baseline: str
    seeds: Sequence[int]
    options: Mapping[str, Any]
    exclude: Sequence[Mapping[str, Any]]


class Study:
    """A study in a folder: `NAME.jsonl` is its plan, `NAME.results` its results one by one, `NAME.sqlite` all of them.

        Study(name="where", traces=["a.moetrace"], ranks=[8, 16], policies=["eplb", "greedy"]).run().frame()

    Traces and presets are looked up in the working directory, where it is run. What has a result is not run again, so
    a study that was interrupted goes on, and one that has grown does what is new.
    """

    def __init__(
        self,
        file: str | os.PathLike[str] | None = None,
        *,
        folder: str | os.PathLike[str] = ".",
        **keys: Unpack[StudyKeys],
    ) -> None:
        """Take a study's file, or the name of one in `studies/`; or else what it lists.

        `TypeError` for both, for neither, and for a key that there is none of.
        """
        if (file is None) == (not keys):
            raise TypeError("expected a study's file, or what it lists")
        options.check(keys, StudyKeys, Study)
        self.folder = Path(folder)
        self._keys = keys
        self._file = None if file is None else os.fspath(file)
        name = keys.get("name", "study") if file is None else Path(os.fspath(file)).stem
        self.name = re.sub(r"[^\w.-]", "-", name)

    @property
    def manifest(self) -> Path:
        """The plan: JSON Lines, a job a line."""
        return self.folder / f"{self.name}.jsonl"

    @property
    def store(self) -> Path:
        """The results, once it has run."""
        return self.folder / f"{self.name}.sqlite"

    def plan(self, *, bundle: int | None = None, sample: int = 0, progress: bool | None = None) -> str:
        """Look everything up, and write the manifest.

        Args:
            bundle: policies of a job, at most; 64 by default.
            sample: jobs that are timed to say how long all take.
            progress: whether to show how far it is; by default where it is seen.

        Returns:
            What the command says of it: jobs, replays, time and room.

        Raises:
            ExpertReplayError: with the command's line.

        """
        self.folder.mkdir(parents=True, exist_ok=True)
        file = self._file
        if file is None:
            # JSON is YAML; a key a line, so that the command's messages name the line.
            path = self.folder / f"{self.name}.yaml"
            path.write_text(json.dumps({"name": self.name} | self._keys, indent=1, default=_plain), encoding="utf-8")
            file = str(path)
        given: dict[str, Any] = {"output": self.manifest, "bundle": bundle, "sample": sample}
        finished = command.run(["study", "plan", *options.words(given), "--", file], progress=progress)
        return "\n".join(finished.remarks)

    def run(
        self, *, threads: int | None = None, bundle: int | None = None, progress: bool | None = None
    ) -> StudyResults:
        """Plan it, and run what has no result yet on this machine; `ExpertReplayError` with the command's line."""
        self.plan(bundle=bundle, progress=progress)
        words = ["study", "run", *options.words({"threads": threads}), "--", str(self.manifest)]
        command.run(words, progress=progress)
        return StudyResults(self.store)

    def submit(
        self,
        engine: str = "ray",
        *,
        workers: int | None = None,
        retries: int | None = None,
        bundle: int | None = None,
        engine_options: Sequence[str] = (),
        progress: bool | None = None,
    ) -> StudyResults:
        """Plan it, and have Ray or Slurm run what has no result yet; `docs/engines.md` says what workers need.

        Args:
            engine: `"ray"` or `"slurm"`.
            workers: the most that run at a time.
            retries: how often a job is run again whose worker died; 3 by default.
            bundle: policies of a job, at most; 64 by default.
            engine_options: as after `--` on the command line: `["--address=head:6379", "--ship", "--gather"]`.
            progress: whether to show how far it is; by default where it is seen.

        Raises:
            ExpertReplayError: with the command's line.

        """
        self.plan(bundle=bundle, progress=progress)
        given: dict[str, Any] = {"engine": engine, "workers": workers, "retries": retries}
        words = ["study", "submit", str(self.manifest), *options.words(given), "--", *engine_options]
        command.run(words, progress=progress)
        return StudyResults(self.store)

    def __repr__(self) -> str:
        """Say where it is."""
        return f"<Study {self.name} in {self.folder}>"


def _plain(value: object) -> object:
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, range):
        return list(value)
    raise TypeError(f"{value!r}: nothing that a study lists")
