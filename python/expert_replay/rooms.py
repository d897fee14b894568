"""`screen --speed`: how much memory for experts keeps a share of the speed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from expert_replay import columns, command, options
from expert_replay.inputs import Inputs
from expert_replay.report import Report
from expert_replay.screening import ScreenOptions

if TYPE_CHECKING:
    import pandas as pd
    from typing_extensions import Unpack

    from expert_replay.inputs import TracesLike
    from expert_replay.options import Presets


class RoomResult(Report):
    """How fast a rank is with how much room for experts; `docs/schema/room.json` has all of it."""

    raw: dict[str, Any]

    @property
    def least(self) -> float | None:
        """Bytes for experts on a rank that are enough; nothing where no room tried was."""
        return None if "least" not in self.raw else float(self.raw["least"]["bytes"])

    @property
    def rooms(self) -> pd.DataFrame:
        """A row for each room tried, by its number of experts: `bytes`, `hitRate`, `stepTime`, `speed`."""
        return columns.frame(columns.of_objects(self.raw["rooms"]), "experts")

    def __repr__(self) -> str:
        """Say what is enough."""
        enough = "no room" if self.least is None else f"{self.least / 1e9:.3g} GB"
        return f"<RoomResult: {enough} for {self.raw['speed']:.3g} of the speed>"


def room(
    trace: TracesLike,
    *,
    speed: float | str = 0.9,
    cache: Presets | None = None,
    cluster: Presets | None = None,
    ranks: int | None = None,
    **other: Unpack[ScreenOptions],
) -> RoomResult:
    """Say how much memory for experts keeps a share of the speed that a rank has with all of them at hand.

    Args:
        trace: a path, or a trace in memory.
        speed: the share, such as `0.9` or `"90%"`.
        cache: the policy whose cache is given room; `caches/next-use` by default.
        cluster: with a `storage` that experts are loaded from.
        ranks: of the expert-parallel group, instead of the cluster's.
        **other: see `ScreenOptions`.

    Raises:
        ExpertReplayError: with the command's line; `status` 64 for options, 65 for a file's content, 66 for a file.
        TypeError: an option that there is none of.

    """
    options.check(other, ScreenOptions, room)
    with Inputs() as inputs:
        given: dict[str, Any] = {"speed": speed, "ranks": ranks, **other}
        progress = given.pop("progress", None)
        given["cache"] = inputs.preset(cache, "cache")
        given["cluster"] = inputs.preset(cluster, "cluster")
        given["model"] = inputs.preset(given.get("model"), "model")
        words = ["screen", *options.words(given), "--format=json", "--", *inputs.traces(trace)]
        finished = command.run(words, progress=progress)
        return RoomResult(json.loads(finished.output), finished.remarks)
