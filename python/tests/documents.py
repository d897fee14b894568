"""Python that documents show."""

from __future__ import annotations

import re

from loopback.study import ROOT


def python_blocks(document: str) -> list[str]:
    """Return the blocks of a document below the repository's root."""
    return re.findall(r"```python\n(.*?)```", (ROOT / document).read_text(), flags=re.S)


def block(document: str, words: str) -> str:
    """Return the block that has these words."""
    (found,) = (text for text in python_blocks(document) if words in text)
    return found


def execute(text: str) -> dict[str, object]:
    """Execute a block, as in a file of its own, and return its names."""
    names: dict[str, object] = {"__name__": "document"}
    exec(compile(text, "document", "exec"), names)
    return names
