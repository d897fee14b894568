"""Shows the command's progress line where somebody sees it: on a terminal, or below a notebook's cell."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import shutil
import struct
import sys
import termios
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

_LINE = re.compile(r"\r(?P<progress>[^\r\n]*?)\x1b\[K|(?P<remark>[^\r\n]*)\r?\n")
"""The command's progress is drawn over itself; all else that it says is a whole line."""


class Screen(Protocol):
    """Where one line is shown, and shown anew."""

    def show(self, text: str) -> None:
        """Show this instead of what stands there; an empty text to leave nothing."""


class TerminalScreen:
    """Standard error, where that is a terminal."""

    def show(self, text: str) -> None:
        """Draw it over the line at the foot."""
        sys.stderr.write(f"\r{text}\x1b[K")
        sys.stderr.flush()


class NotebookScreen:
    """An output of the cell that runs; there is none until there is something to show."""

    def __init__(self) -> None:
        self._handle: Any = None

    def show(self, text: str) -> None:
        """Put it in place of the output's text."""
        from IPython.display import display

        data = {"text/plain": text}
        if self._handle is not None:
            self._handle.update(data, raw=True)
        elif text:
            self._handle = display(data, raw=True, display_id=True)


def screen(wanted: bool | None) -> Screen | None:
    """Return where progress is shown; None for nowhere.

    Args:
        wanted: None where it is seen, in a notebook and on a terminal; True to write it to standard error all the same.

    """
    if wanted is False:
        return None
    if _is_notebook():
        return NotebookScreen()
    return TerminalScreen() if wanted or sys.stderr.isatty() else None


def _is_notebook() -> bool:
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return shell is not None and hasattr(shell, "kernel")


def channel(screen: Screen | None) -> tuple[int, int]:
    """Make descriptors of what the command writes to standard error: our end, and its own.

    It draws progress on a terminal alone, so it gets one, as wide as ours; else a pipe.
    """
    if screen is None:
        return os.pipe()
    ours, its = pty.openpty()
    columns = shutil.get_terminal_size().columns
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    return ours, its


def listen(channel: int, screen: Screen | None) -> Iterator[str]:
    """Yield the lines that the command writes, and show its progress meanwhile."""
    text = ""
    shown = False
    while data := _read(channel):
        text += data.decode(errors="replace")
        end = 0
        for found in _LINE.finditer(text):
            end = found.end()
            if found["remark"] is not None:
                yield found["remark"]
            elif screen and (found["progress"] or shown):
                screen.show(found["progress"])
                shown = bool(found["progress"])
        text = text[end:]
    if screen and shown:
        screen.show("")
    if text:
        yield text


def _read(channel: int) -> bytes:
    try:
        return os.read(channel, 1 << 16)
    except OSError:
        # What Linux says of a terminal whose other end is closed.
        return b""
