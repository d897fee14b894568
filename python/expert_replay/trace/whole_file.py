"""A file that appears under its name when it is whole."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


class WholeFile:
    """Bytes gather in a file beside it, which takes its name in the end; without `commit` nothing remains."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path).resolve()
        if self.path.exists() and not self.path.is_file():
            raise FileExistsError(f"{path}: not a file that could be replaced")
        descriptor, name = tempfile.mkstemp(dir=self.path.parent, prefix=f".{self.path.name}.")
        self.temporary = Path(name)
        self.file = os.fdopen(descriptor, "wb")

    def write(self, content: bytes) -> None:
        """Add bytes."""
        self.file.write(content)

    def commit(self) -> None:
        """Give the file its name, in one step."""
        self.file.close()
        self.temporary.chmod(0o644)
        self.temporary.replace(self.path)

    def abandon(self) -> None:
        """Remove what was written."""
        self.file.close()
        self.temporary.unlink(missing_ok=True)
