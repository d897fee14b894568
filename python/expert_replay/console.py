"""The command `expert-replay` of an installed wheel."""

from __future__ import annotations

import os
import sys

from expert_replay import binary
from expert_replay.errors import ExpertReplayError


def main() -> None:
    """Become the command."""
    try:
        path = binary.find()
    except ExpertReplayError as error:
        print(f"expert-replay: {error}", file=sys.stderr)
        sys.exit(error.status)
    # What it starts of this package, such as the Ray engine, is installed for this Python.
    os.environ.setdefault("EXPERT_REPLAY_PYTHON", sys.executable)
    os.execv(path, ["expert-replay", *sys.argv[1:]])
