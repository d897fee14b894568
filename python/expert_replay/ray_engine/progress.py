"""A line on the terminal that says how far it is."""

from __future__ import annotations

import sys
import time


def describe(done: int, jobs: int, seconds: float) -> str:
    """`120 of 480 jobs, 3.2 a second, about 1.88 min left`."""
    text = f"{done} of {jobs} jobs"
    if not done or seconds <= 0:
        return text
    rate = done / seconds
    return f"{text}, {rate:.3g} a second, about {_duration((jobs - done) / rate)} left"


def _duration(seconds: float) -> str:
    for most, unit, name in [(99.5, 1, "s"), (5970, 60, "min")]:
        if seconds < most:
            return f"{seconds / unit:.3g} {name}"
    return f"{seconds / 3600:.3g} h"


class Progress:
    """Rewritten in place, at most five times a second; silent unless standard error is a terminal."""

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs
        self.start = time.monotonic()
        self.shown = 0.0

    def show(self, done: int) -> None:
        """Say that so many jobs are done."""
        now = time.monotonic()
        if sys.stderr.isatty() and now - self.shown > 0.2:
            self.shown = now
            sys.stderr.write(f"\r{describe(done, self.jobs, now - self.start)}\x1b[K")
            sys.stderr.flush()

    def clear(self) -> None:
        """Leave the line empty."""
        if sys.stderr.isatty():
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
