"""What is wrong with a trace, in one line, as the command says it."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class TraceError(ValueError):
    """A trace that is none, with the file and the place in it: `t.moetrace: step 3, layer 5: token 0: expert 300, …`.

    A file that is missing or cannot be read or written is an `OSError`.
    """

    def __init__(
        self,
        message: str,
        *,
        path: str | None = None,
        line: int | None = None,
        step: int | None = None,
        layer: int | None = None,
        byte: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.path = path
        self.line = line
        """Of a text file, from 1."""
        self.step = step
        """The step's number in the trace."""
        self.layer = layer
        """MoE layer of the trace, from 0."""
        self.byte = byte
        """Offset in the file as stored, compressed if it is compressed."""

    def __str__(self) -> str:
        """One line."""
        places = [("line", self.line), ("step", self.step), ("layer", self.layer), ("byte", self.byte)]
        place = ", ".join(f"{name} {number}" for name, number in places if number is not None)
        return ": ".join(part for part in (self.path, place, self.message) if part)


def suggestion(name: str, known: Iterable[str]) -> str:
    """Return what to add to a message about a name that is not known."""
    names = sorted(known)
    closest = difflib.get_close_matches(name, names, n=1)
    return f"; did you mean '{closest[0]}'?" if closest else f"; known: {', '.join(names)}"
