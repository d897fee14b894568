"""JSON as RFC 8259 has it: no key twice, no NaN, whole numbers where whole numbers are meant."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from expert_replay.trace.error import TraceError, suggestion

LARGEST = (1 << 63) - 1


def parse_object(text: bytes) -> dict[str, Any]:
    """Return a JSON object; `TraceError` for anything else."""
    try:
        value = json.loads(text.decode(), object_pairs_hook=_unique, parse_constant=_no_number)
    except UnicodeDecodeError:
        raise TraceError("not UTF-8") from None
    except json.JSONDecodeError as error:
        raise TraceError(f"column {error.colno}: {error.msg}") from None
    except (ValueError, RecursionError) as error:
        raise error if isinstance(error, TraceError) else TraceError(str(error)) from None
    if not isinstance(value, dict):
        raise TraceError("column 1: expected '{'")
    return value


def check_keys(members: dict[str, Any], known: tuple[str, ...], prefix: str = "") -> None:
    """`TraceError` for a key that is not known."""
    for key in members:
        if key not in known:
            raise TraceError(f"unknown key '{prefix}{key}'{suggestion(key, known)}")


def integer(value: object, key: str, least: int = -LARGEST - 1, most: int = LARGEST) -> int:
    """Return a whole number."""
    if type(value) is not int:
        raise TraceError(f"'{key}': expected a whole number")
    if not least <= value <= most:
        raise TraceError(f"'{key}': a number outside {least}…{most}")
    return value


def integers(value: object, key: str, most: int) -> list[int]:
    """Return a list of whole numbers from 0."""
    return [integer(element, key, 0, most) for element in elements(value, key)]


def elements(value: object, key: str) -> list[Any]:
    """Return a list."""
    if not isinstance(value, list):
        raise TraceError(f"'{key}': expected '['")
    return value


def number(value: object, key: str) -> float:
    """Return a number."""
    if type(value) not in (int, float):
        raise TraceError(f"'{key}': expected a number")
    try:
        return float(value)  # type: ignore[arg-type]
    except OverflowError:
        return float("inf")


def string(value: object, key: str) -> str:
    """Return a string."""
    if not isinstance(value, str):
        raise TraceError(f"'{key}': expected '\"'")
    return value


def quoted(text: str) -> str:
    """Return a JSON string, with the escapes that the command writes."""
    escapes = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    return '"' + "".join(escapes.get(c, c if c >= " " else f"\\u{ord(c):04x}") for c in text) + '"'


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for key, value in pairs:
        if key in members:
            raise TraceError(f"'{key}' is given twice")
        members[key] = value
    return members


def _no_number(word: str) -> NoReturn:
    raise TraceError(f"expected a number, not {word}")
