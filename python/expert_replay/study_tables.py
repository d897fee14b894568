"""The tables of a study's store, which `docs/studies.md` describes; read by Python's own SQLite."""

from __future__ import annotations

import os
import sqlite3
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from expert_replay.errors import ExpertReplayError

if TYPE_CHECKING:
    from collections.abc import Iterator

    Table = Literal["replays", "settings", "notes", "study"]

ORDER: dict[Table, str] = {
    "replays": "trace, model, phase, seed, cluster, ranks, isBaseline DESC, policy, key",
    "settings": "key, axis, name",
    "notes": "job, note",
    "study": "key",
}
"""Tables, and what their rows are in the order of, whoever made them."""

ROWS = 1 << 14
"""Rows that are read at a time: a store may be larger than memory."""


@dataclass(frozen=True)
class Column:
    """A column of a table."""

    name: str
    kind: Literal["TEXT", "INTEGER", "BOOLEAN", "DOUBLE"]
    required: bool
    """Whether every row has a value."""


@contextmanager
def opened(store: str | os.PathLike[str]) -> Iterator[sqlite3.Connection]:
    """Open a store to read it; `ExpertReplayError` for a file that is missing (66) or no store (65)."""
    path = Path(store)
    if not path.is_file():
        raise ExpertReplayError(f"{path}: no such file", os.EX_NOINPUT)
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    try:
        if not columns(connection, "replays"):
            raise ExpertReplayError(
                f"{path}: not the results of a study; expected what study collect wrote", os.EX_DATAERR
            )
        yield connection
    except sqlite3.DatabaseError as error:
        raise ExpertReplayError(f"{path}: not the results of a study: {error}", os.EX_DATAERR) from None
    finally:
        connection.close()


def columns(connection: sqlite3.Connection, table: Table) -> list[Column]:
    """Columns of a table, in order."""
    found = connection.execute('SELECT name, type, "notnull", pk FROM pragma_table_info(?)', [table]).fetchall()
    return [Column(name, kind, bool(required or key)) for name, kind, required, key in found]


def batches(connection: sqlite3.Connection, table: Table) -> Iterator[list[list[Any]]]:
    """Yield the values of each column, of some rows at a time, in the order of `ORDER`; flags are True or False."""
    known = columns(connection, table)
    cursor = connection.execute(f"SELECT * FROM {table} ORDER BY {ORDER[table]}")
    while rows := cursor.fetchmany(ROWS):
        values = [list(column) for column in zip(*rows, strict=True)]
        for place, column in enumerate(known):
            if column.kind == "BOOLEAN":
                values[place] = [None if value is None else bool(value) for value in values[place]]
        yield values
