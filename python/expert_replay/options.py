"""Keyword arguments as the command's options."""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Mapping, Sequence
from inspect import signature
from typing import TypedDict, Union

Value = Union[str, int, float, range, "os.PathLike[str]"]
Option = Value | Sequence[Value] | None
Presets = Union[str, "os.PathLike[str]", Mapping[str, object]]
"""A name, perhaps with changes (`eplb:window=16`), a path, or the content of such a file."""
Steps = str | range
"""`"0:100"`, or `range(100)`: 100 is left out."""


class RecordingOptions(TypedDict, total=False):
    """Of which recording, and how its steps are priced: what several commands take alike."""

    model: Presets
    """The model's shape; the trace's own by default."""
    sources: str
    """Where tokens start: `recorded`, `sequence`, `even` or `random`."""
    attention_tp: int
    """Ranks that share a token's attention."""
    all_to_all: str
    """The communication model, instead of the cluster's."""
    steps: Steps
    """Only these steps of the trace."""
    layers: Steps
    """Only these MoE layers of the trace."""
    phase: str
    """Only steps of this phase: `prefill` or `decode`."""


def check(given: Mapping[str, object], known: type, function: Callable[..., object]) -> None:
    """`TypeError` for an option that is none of a `TypedDict`'s, with the closest that the function takes."""
    names = [*known.__annotations__, *signature(function).parameters]
    for name in given:
        if name not in known.__annotations__:
            closest = difflib.get_close_matches(name, names, n=1)
            raise TypeError(
                f"{function.__name__} has no option '{name}'" + (f"; did you mean '{closest[0]}'?" if closest else "")
            )


def words(options: Mapping[str, Option]) -> list[str]:
    """Return options as the command line has them: `attention_tp=2` is `--attention-tp 2`.

    None and False are options that are not given, True is one without a value, a sequence one that is given repeatedly.
    A name that Python keeps for itself has an underscore after it: `as_`.
    """
    line = []
    for name, option in options.items():
        dashed = "--" + name.strip("_").replace("_", "-")
        for value in _values(option):
            line += [dashed] if value is True else [f"{dashed}={_text(value)}"]
    return line


def _values(option: Option) -> list[Value]:
    if option is None or option is False:
        return []
    if isinstance(option, (str, int, float, range, os.PathLike)):
        return [option]
    return list(option)


def _text(value: Value) -> str:
    if isinstance(value, range):
        if value.step != 1:
            raise ValueError(f"{value}: expected one without a step")
        return f"{value.start}:{value.stop}"
    return os.fspath(value) if isinstance(value, os.PathLike) else str(value)
