"""Options are the command's: none is forgotten."""

from __future__ import annotations

import re
from inspect import signature
from typing import TYPE_CHECKING, Any

import pytest
from companion.asked import DECODE, HOT_COLD, printed

import expert_replay
from expert_replay.advising import AdviseOptions
from expert_replay.inspection import InspectOptions
from expert_replay.planning import PlanOptions
from expert_replay.replaying import ReplayOptions
from expert_replay.screening import ScreenOptions

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.usefixtures("in_root")

NOT_OURS = {
    "explain", "force", "format", "help", "log", "matrix", "output", "quiet", "timeline-steps", "verbose", "version",
    "wide",
    "cache", "speed",
}  # fmt: skip
"""Options that say what is printed, and how; and those of `room`, which `screen` is another question without."""


@pytest.mark.parametrize(
    ("function", "options"),
    [
        (expert_replay.replay, ReplayOptions),
        (expert_replay.inspect, InspectOptions),
        (expert_replay.screen, ScreenOptions),
        (expert_replay.plan, PlanOptions),
        (expert_replay.advise, AdviseOptions),
    ],
)
def test_every_option_of_the_command_is_one_of_the_function(function: Callable[..., Any], options: type) -> None:
    known = {*options.__annotations__, *signature(function).parameters}
    known = {name.strip("_").replace("_", "-") for name in known}
    asked = set(re.findall(r"^  (?:-\w, )?--([a-z-]+)", printed(function.__name__, "--help"), re.MULTILINE))
    assert asked - NOT_OURS <= known


def test_several_files_are_one_and_few_steps_are_drawn() -> None:
    alone = expert_replay.inspect(DECODE)
    twice = expert_replay.replay(DECODE, "greedy", ranks=16, select="uniform:4", details=False)
    assert twice.raw["trace"]["selection"] == {"by": "uniform", "of": alone.trace["steps"], "seed": 0, "steps": 4}
    with pytest.raises(expert_replay.ExpertReplayError, match="experts"):
        expert_replay.inspect([DECODE, HOT_COLD])
