"""What keeps a model from being recorded."""

from __future__ import annotations


class RecordError(ValueError):
    """A model, or a way to run it, whose routing cannot be recorded; one line that says why and what to do."""
