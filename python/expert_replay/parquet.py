"""Writes a study's store as Parquet: `python3 -m expert_replay.parquet STORE -o FOLDER|FILE.parquet`.

Needs pyarrow. Columns, their types and whether a row may lack a value are the store's; rows are in a fixed order, so
that equal stores make equal files.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from expert_replay import study_tables
from expert_replay.complaint import Parser, fail
from expert_replay.errors import ExpertReplayError

if TYPE_CHECKING:
    import sqlite3

    import pyarrow as pa

    from expert_replay.study_tables import Table

MISSING = "pyarrow is not installed: pip install 'expert-replay[parquet]'"


def write(store: str | os.PathLike[str], target: str | os.PathLike[str]) -> list[Path]:
    """Write each table of a store to a file, in whole or not at all; `replays` last.

    Args:
        store: what `study collect` wrote.
        target: a folder, which is made, for `replays.parquet`, `settings.parquet`, `notes.parquet` and `study.parquet`;
            or a name that ends in `.parquet`, for `x.parquet`, with the others beside it as `x.settings.parquet`, ….

    Returns:
        The files.

    Raises:
        ExpertReplayError: no store (65, 66), or a file that cannot be written (73).
        ImportError: without pyarrow.

    """
    path = Path(target)
    tables: list[Table] = ["settings", "notes", "study", "replays"]
    with study_tables.opened(store) as connection:
        try:
            if path.suffix != ".parquet":
                path.mkdir(parents=True, exist_ok=True)
            for table in tables:
                _write_table(connection, table, _place(path, table))
        except OSError as error:
            raise ExpertReplayError(
                f"{error.filename or path}: cannot write: {error.strerror or error}", os.EX_CANTCREAT
            ) from None
    return [_place(path, table) for table in tables]


def _place(target: Path, table: Table) -> Path:
    if target.suffix != ".parquet":
        return target / f"{table}.parquet"
    return target if table == "replays" else target.with_suffix(f".{table}.parquet")


def _write_table(connection: sqlite3.Connection, table: Table, path: Path) -> None:
    schema = arrow_schema(connection, table)

    import pyarrow as pa
    from pyarrow import parquet

    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file, parquet.ParquetWriter(file, schema, compression="zstd") as writer:
            for values in study_tables.batches(connection, table):
                writer.write_batch(pa.record_batch(values, schema=schema))
        temporary.chmod(path.stat().st_mode if path.exists() else 0o644)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def arrow_schema(connection: sqlite3.Connection, table: Table) -> pa.Schema:
    """Return pyarrow's schema of a table; `ImportError` in one line without pyarrow."""
    try:
        import pyarrow as pa
    except ModuleNotFoundError:
        raise ImportError(MISSING) from None
    types = {"TEXT": pa.string(), "INTEGER": pa.int64(), "BOOLEAN": pa.bool_(), "DOUBLE": pa.float64()}
    columns = study_tables.columns(connection, table)
    return pa.schema([pa.field(column.name, types[column.kind], not column.required) for column in columns])


def main(words: list[str] | None = None) -> None:
    """Run it as a program; ends with one line and a status for what is wrong."""
    parser = Parser(prog="python3 -m expert_replay.parquet", description="Write a study's store as Parquet.")
    parser.add_argument("store", type=Path, help="what study collect wrote")
    parser.add_argument(
        "-o", "--output", type=Path, required=True, help="a folder, or a file whose name ends in .parquet"
    )
    arguments = parser.parse_args(words)
    try:
        files = write(arguments.store, arguments.output)
    except ImportError as error:
        fail(str(error))
    except ExpertReplayError as error:
        fail(error.line, error.status)
    print("\n".join(map(str, files)))


if __name__ == "__main__":
    main()
