"""What the command itself prints, to hold the package against."""

from __future__ import annotations

import json
import subprocess
from typing import Any

from loopback.study import BINARY, ROOT

DECODE = str(ROOT / "traces/decode-256.moetrace")
"""24 steps, 3 layers of 256 experts."""
HOT_COLD = str(ROOT / "traces/hot-cold.moetrace")
"""One layer of 128 experts."""


def asked(*words: str) -> Any:  # noqa: ANN401
    """Return the JSON that the command prints."""
    return json.loads(printed(*words, "--format", "json"))


def printed(*words: str) -> str:
    """Return what the command prints."""
    return subprocess.run([BINARY, *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout
