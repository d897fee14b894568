"""What modules that are run as programs say when something is wrong: one line, as the command does."""

from __future__ import annotations

import argparse
import os
import sys
from typing import NoReturn


def fail(message: str, status: int = os.EX_NOINPUT) -> NoReturn:
    """End with one line on standard error."""
    print("expert-replay: " + " ".join(message.split("\n")), file=sys.stderr)
    sys.exit(status)


class Parser(argparse.ArgumentParser):
    """Says what is wrong with a command line in one line."""

    def error(self, message: str) -> NoReturn:
        """End with status 64."""
        fail(f"{message}; see --help", os.EX_USAGE)
