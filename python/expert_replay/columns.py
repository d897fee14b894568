"""Tables as columns: an array for each name, and a DataFrame of them for those who have pandas."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Columns = dict[str, NDArray[Any]]

WHOLE = frozenset(
    {
        *("step", "layer", "ranks", "nodes", "tokens", "experts", "lag", "slots", "unusedExperts"),
        *("steady.from", "steady.steps", "steady.intervals", "breakEven.steps"),
        *("traffic.mostNodesPerToken", "traffic.nodesPerTokenLimit", "mostNodesPerToken", "nodesPerTokenLimit"),
        *("traffic.routingEntries", "rebalances.count", "rebalances.movedExperts", "rebalances.skipped"),
        "movedExperts",
        *("worst.layer", "worst.movedExperts", "memory.slotsPerRank", "memory.wastedSlots", "redundantSlotsPerRank"),
        *("cache.accesses", "cache.hits", "cache.lateHits", "cache.minimumHits", "cache.hostComputed"),
        *("cache.residentExpertsPerRank", "resilience.toleratedFailures"),
        *("visits", "droppedVisits", "alteredTokens", "tokensWithout"),
        *("batchSize", "interval", "rebalances", "microBatch", "residentExperts", "gpus"),
        *("prefill.ranks", "prefill.replicas", "prefill.batchSize"),
        *("decode.ranks", "decode.replicas", "decode.batchSize"),
    }
)
"""Columns of whole numbers, as `docs/schema` has them."""


def of_objects(objects: Sequence[Mapping[str, Any]]) -> Columns:
    """Make columns of JSON objects, a row each: nested keys joined by dots, lists left out.

    Numbers are float64, NaN where a row has none; those of `WHOLE` are int64 where all rows have one. Texts and flags
    are object and bool arrays, None where a row has none.
    """
    rows = [dict(_flat(entry, "")) for entry in objects]
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: _array(name, [row.get(name) for row in rows]) for name in names}


def _flat(entry: Mapping[str, Any], before: str) -> list[tuple[str, Any]]:
    flat = []
    for key, value in entry.items():
        if isinstance(value, Mapping):
            flat += _flat(value, f"{before}{key}.")
        elif not isinstance(value, list):
            flat.append((before + key, value))
    return flat


def of_csv(text: str) -> Columns:
    """Make columns of the command's CSV, whose head gives units in brackets: `time.total [us]` is `time.total`."""
    head, *rows = csv.reader(io.StringIO(text))
    names = [name.split(" [")[0] for name in head]
    texts = {"cluster", "policy", "phase"}
    return {
        name: _array(name, [(value if name in texts else float(value)) if value else None for value in column])
        for name, column in zip(names, zip(*rows, strict=True), strict=True)
    }


def _array(name: str, values: Sequence[Any]) -> NDArray[Any]:
    given = [value for value in values if value is not None]
    if any(isinstance(value, str) for value in given) or not given:
        return np.array(values, dtype=object)
    if any(isinstance(value, bool) for value in given):
        return np.array(values, dtype=bool if len(given) == len(values) else object)
    if name in WHOLE and len(given) == len(values):
        return np.array(values, dtype=np.int64)
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def array(values: Sequence[Any], kind: str, required: bool) -> NDArray[Any]:
    """Make a column of a type that SQL has a name for."""
    if kind == "DOUBLE" or (kind == "INTEGER" and None in values):
        return np.array([np.nan if value is None else value for value in values], dtype=np.float64)
    if kind == "INTEGER":
        return np.array(values, dtype=np.int64)
    return np.array(values, dtype=bool if kind == "BOOLEAN" and required else object)


def frame(columns: Columns, index: str | list[str] | None = None) -> pd.DataFrame:
    """Make a DataFrame, with one of the columns, or some, as its index.

    `ImportError` in one line without pandas: `columns` holds the same without it.
    """
    try:
        import pandas as pd
    except ModuleNotFoundError:
        raise ImportError(
            "a DataFrame needs pandas: pip install 'expert-replay[frames]'; columns(…) has arrays without it"
        ) from None
    data: pd.DataFrame = pd.DataFrame(columns)
    if index is not None:
        data = data.set_index(index)
    return data


def joined(labels: Sequence[Mapping[str, Any]], tables: Sequence[Columns]) -> Columns:
    """Put tables below each other, each with its labels in columns before its own."""
    rows = []
    for label, table in zip(labels, tables, strict=True):
        for line in zip(*(column.tolist() for column in table.values()), strict=True):
            # NaN, which alone does not equal itself, stands for what a row does not have.
            given = {name: value for name, value in zip(table, line, strict=True) if value == value}
            rows.append(dict(label) | given)
    return of_objects(rows)
