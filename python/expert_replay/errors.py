"""What is wrong, in the command's own line."""

from __future__ import annotations


class ExpertReplayError(Exception):
    """The command's one line, without its name before it: the file, the place in it, what was expected."""

    def __init__(self, line: str, status: int) -> None:
        super().__init__(line, status)
        self.line = line
        self.status = status
        """Exit status: 64 options, 65 a file's content, 66 a file that is missing, 73 an output that cannot be
        written; less than 0 for a signal that ended the command."""

    def __str__(self) -> str:
        """Return the line."""
        return self.line


class ExpertReplayWarning(UserWarning):
    """What the command warned of beside its result."""
