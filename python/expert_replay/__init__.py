"""Judge load balancing of Mixture-of-Experts models from a recording of their routing.

The command `expert-replay` does the work; this package runs it, and holds what it prints as arrays and DataFrames.

    import expert_replay

    result = expert_replay.replay("traces/decode-256.moetrace", ["eplb", "oracle"], ranks=16)
    print(result.headline)
    result.policies["time.total"]
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from expert_replay.version import __version__

if TYPE_CHECKING:
    from expert_replay.advising import Advice, advise
    from expert_replay.errors import ExpertReplayError, ExpertReplayWarning
    from expert_replay.inspection import Inspection, inspect
    from expert_replay.plan_arrays import Plan
    from expert_replay.planning import plan
    from expert_replay.replay_result import MachinesResult, ReplayResult
    from expert_replay.replaying import replay, replay_machines
    from expert_replay.rooms import RoomResult, room
    from expert_replay.screening import ScreenResult, screen
    from expert_replay.study import Study
    from expert_replay.study_results import StudyResults

__all__ = [
    "Advice",
    "ExpertReplayError",
    "ExpertReplayWarning",
    "Inspection",
    "MachinesResult",
    "Plan",
    "ReplayResult",
    "RoomResult",
    "ScreenResult",
    "Study",
    "StudyResults",
    "__version__",
    "advise",
    "inspect",
    "plan",
    "replay",
    "replay_machines",
    "room",
    "screen",
]

_PLACES = {
    "Advice": "advising",
    "ExpertReplayError": "errors",
    "ExpertReplayWarning": "errors",
    "Inspection": "inspection",
    "MachinesResult": "replay_result",
    "Plan": "plan_arrays",
    "ReplayResult": "replay_result",
    "RoomResult": "rooms",
    "ScreenResult": "screening",
    "Study": "study",
    "StudyResults": "study_results",
    "advise": "advising",
    "inspect": "inspection",
    "plan": "planning",
    "replay": "replaying",
    "replay_machines": "replaying",
    "room": "rooms",
    "screen": "screening",
}
"""Modules are imported when a name of theirs is asked for: workers of Ray have the package, but no numpy."""


def __getattr__(name: str) -> Any:  # noqa: ANN401
    """Import a name."""
    if name not in _PLACES:
        raise AttributeError(f"module 'expert_replay' has no attribute '{name}'")
    value = getattr(import_module(f"expert_replay.{_PLACES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the public names."""
    return __all__
