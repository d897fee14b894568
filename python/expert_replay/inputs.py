"""What is given as values becomes files, which the command reads."""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Union

import numpy as np

if TYPE_CHECKING:
    from types import TracebackType

    from numpy.typing import NDArray
    from typing_extensions import Self

    from expert_replay.options import Presets
    from expert_replay.trace import StoredTrace, Trace


TraceLike = Union[str, "os.PathLike[str]", "Trace", "StoredTrace"]
"""A path of a file or of a folder, or what `expert_replay.trace` has read or made."""
TracesLike = TraceLike | list[TraceLike] | tuple[TraceLike, ...]
"""A trace, or several files that are one."""


class Inputs:
    """A folder of files that goes when the command has read them."""

    def __enter__(self) -> Self:
        """Make the folder."""
        self._folder = tempfile.TemporaryDirectory(prefix="expert-replay-")
        self.folder = Path(self._folder.name)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove it."""
        self._folder.cleanup()

    def trace(self, trace: TraceLike) -> str:
        """Path of a trace; one in memory is written to a file in the native format."""
        if isinstance(trace, (str, os.PathLike)):
            return _path(trace)
        from expert_replay.trace import StoredTrace, write_trace

        if isinstance(trace, StoredTrace) and trace.first == 0 and trace.end is None:
            return _path(trace.path)
        path = self._new("trace", "moetrace")
        write_trace(path, trace.header, trace)
        return str(path)

    def traces(self, traces: TracesLike) -> list[str]:
        """Paths of a trace, or of several files of one."""
        return [self.trace(trace) for trace in traces] if isinstance(traces, (list, tuple)) else [self.trace(traces)]

    def preset(self, preset: Presets | None, kind: str) -> str | None:
        """Name or path of a policy, cluster or model; content is written to a file.

        Args:
            preset: None for one that is not given.
            kind: what content without a `name` is called.

        """
        if preset is None:
            return None
        if not isinstance(preset, Mapping):
            return os.fspath(preset)
        content = {"name": kind} | dict(preset)
        path = self._new(str(content["name"]), "yaml")
        # JSON is YAML; a key a line, so that the command's messages name the line.
        path.write_text(json.dumps(content, indent=1), encoding="utf-8")
        return str(path)

    def load(self, load: TraceLike | NDArray[Any]) -> str:
        """Path of a trace, or of a (layers, experts) array of loads."""
        if not isinstance(load, np.ndarray):
            return self.trace(load)
        path = self._new("load", "json")
        path.write_text(json.dumps(load.tolist()))
        return str(path)

    def _new(self, name: str, ending: str) -> Path:
        folder = self.folder / str(len(list(self.folder.iterdir())))
        folder.mkdir()
        safe = re.sub(r"[^\w.-]", "-", name)
        return folder / f"{safe}.{ending}"


def several(presets: Presets | Sequence[Presets] | None) -> Sequence[Presets]:
    """Return presets of which one may stand for itself, and None for none."""
    if presets is None:
        return []
    if isinstance(presets, (str, os.PathLike, Mapping)):
        return [presets]
    return presets


def _path(trace: str | os.PathLike[str]) -> str:
    # The command's standard input is not ours; and a path that begins with a dash is no option.
    path = os.fspath(trace)
    return f"./{path}" if path.startswith("-") else path
