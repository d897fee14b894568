"""The results of a study, as they lie in its store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from expert_replay import columns, parquet, study_tables

if TYPE_CHECKING:
    import os

    import duckdb
    import pandas as pd
    import pyarrow as pa

    from expert_replay.columns import Columns
    from expert_replay.study_tables import Table


class StudyResults:
    """A store: SQLite, a row for each replay, which `docs/studies.md` describes.

    `ExpertReplayError` for a file that is missing (66) or no store (65).
    """

    def __init__(self, store: str | os.PathLike[str]) -> None:
        self.store = Path(store)
        with study_tables.opened(self.store) as connection:
            (self._replays,) = connection.execute("SELECT count(*) FROM replays").fetchone()

    def __len__(self) -> int:
        """Return how many replays it has, baselines among them."""
        return int(self._replays)

    def columns(self, table: Table = "replays") -> Columns:
        """Return a table as arrays by name; a figure that does not apply is NaN, a text that is not there None."""
        with study_tables.opened(self.store) as connection:
            known = study_tables.columns(connection, table)
            parts = list(study_tables.batches(connection, table))
        values = [[value for part in parts for value in part[place]] for place in range(len(known))]
        return {
            column.name: columns.array(values[place], column.kind, column.required)
            for place, column in enumerate(known)
        }

    def frame(self, table: Table = "replays") -> pd.DataFrame:
        """Return a table as a DataFrame: `time_total` in microseconds, `improvement_total` a fraction, …."""
        return columns.frame(self.columns(table))

    def arrow(self, table: Table = "replays") -> pa.Table:
        """Return a table as a `pyarrow.Table`; `ImportError` in one line without pyarrow."""
        with study_tables.opened(self.store) as connection:
            schema = parquet.arrow_schema(connection, table)
            import pyarrow as pa

            batches = [pa.record_batch(values, schema=schema) for values in study_tables.batches(connection, table)]
        return pa.Table.from_batches(batches, schema=schema)

    def duckdb(self, table: Table = "replays") -> duckdb.DuckDBPyRelation:
        """Return a table as a DuckDB relation; `ImportError` in one line without duckdb or pyarrow."""
        try:
            import duckdb
        except ModuleNotFoundError:
            raise ImportError("duckdb is not installed: pip install duckdb pyarrow") from None
        return duckdb.from_arrow(self.arrow(table))

    def to_parquet(self, path: str | os.PathLike[str]) -> list[Path]:
        """Write all tables to files of a folder, or to `x.parquet`, `x.settings.parquet`, …, which it returns."""
        return parquet.write(self.store, path)

    def __repr__(self) -> str:
        """Say what it is of."""
        return f"<StudyResults: {len(self)} replays in {self.store}>"
