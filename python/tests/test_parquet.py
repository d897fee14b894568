"""A store as Parquet: its columns, types and rows, in whole or not at all."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from loopback.study import BINARY, ROOT
from pyarrow import parquet

from expert_replay import ExpertReplayError, StudyResults, study_tables

if TYPE_CHECKING:
    from pathlib import Path

    from loopback.study import Study as Planned

    from expert_replay.study_tables import Table

TABLES: tuple[Table, ...] = ("replays", "settings", "notes", "study")
TYPES = {"TEXT": pa.string(), "INTEGER": pa.int64(), "BOOLEAN": pa.bool_(), "DOUBLE": pa.float64()}


def program(*words: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "expert_replay.parquet", *map(str, words)]
    everything = os.environ | {"PYTHONPATH": str(ROOT / "python")} | environment
    return subprocess.run(command, env=everything, capture_output=True, text=True, check=False)


def check(store: Path, table: Table, file: Path) -> None:
    """Hold a file against a table, by means of SQLite alone."""
    found = parquet.read_table(file)
    with sqlite3.connect(store) as connection:
        expected = connection.execute(f"SELECT * FROM {table}").fetchall()
        declared = connection.execute(f"PRAGMA table_info({table})").fetchall()
    assert found.column_names == [row[1] for row in declared]
    assert [field.type for field in found.schema] == [TYPES[row[2]] for row in declared]
    assert [field.nullable for field in found.schema] == [not (row[3] or row[5]) for row in declared]
    rows = list(zip(*found.to_pydict().values(), strict=True))
    assert sorted(map(repr, ((*map(flag, row),) for row in rows))) == sorted(map(repr, expected))


def flag(value: object) -> object:
    """Return flags as SQLite has them."""
    return int(value) if isinstance(value, bool) else value


@pytest.fixture
def store(study: Planned) -> Path:
    return study.folder / "small.sqlite"


def test_a_folder(store: Path, tmp_path: Path) -> None:
    ended = program(store, "-o", tmp_path / "a/b")
    assert (ended.returncode, ended.stderr) == (0, "")
    files = [tmp_path / f"a/b/{table}.parquet" for table in ("settings", "notes", "study", "replays")]
    assert ended.stdout.splitlines() == list(map(str, files))
    for table in TABLES:
        check(store, table, tmp_path / f"a/b/{table}.parquet")
    assert len(list((tmp_path / "a/b").iterdir())) == 4, "no temporary file is left"


def test_a_file_with_the_other_tables_beside_it(store: Path, tmp_path: Path) -> None:
    files = StudyResults(store).to_parquet(tmp_path / "x.parquet")
    assert sorted(files) == sorted(tmp_path.iterdir())
    check(store, "replays", tmp_path / "x.parquet")
    check(store, "settings", tmp_path / "x.settings.parquet")
    assert {file.stat().st_mode & 0o777 for file in files} == {0o644}


def test_rows_are_in_a_fixed_order_and_read_in_parts(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (whole,) = [file for file in StudyResults(store).to_parquet(tmp_path / "1") if file.stem == "replays"]
    monkeypatch.setattr(study_tables, "ROWS", 7)
    (parts,) = [file for file in StudyResults(store).to_parquet(tmp_path / "2") if file.stem == "replays"]
    assert parquet.read_table(parts).equals(parquet.read_table(whole))
    assert parquet.ParquetFile(parts).num_row_groups > 1
    frame = parquet.read_table(whole).to_pandas()
    setting = ["trace", "model", "seed", "cluster", "ranks"]
    assert frame.equals(frame.sort_values([*setting, "isBaseline"], ascending=[*[True] * 5, False], kind="stable"))


def test_the_command_writes_it(study: Planned, tmp_path: Path) -> None:
    words = ["study", "collect", study.manifest, "-o", tmp_path / "y.parquet"]
    environment = os.environ | {"EXPERT_REPLAY_PYTHON": sys.executable, "EXPERT_REPLAY_HOME": str(ROOT)}
    command = [BINARY, *map(str, words)]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr == f"0 jobs collected into {study.folder}/small.sqlite\n"
    assert ended.stdout.splitlines()[-1] == f"{tmp_path}/y.parquet"
    check(study.folder / "small.sqlite", "replays", tmp_path / "y.parquet")
    environment["EXPERT_REPLAY_PYTHON"] = "/no/python3"
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr.splitlines()[-1]) == (
        os.EX_NOINPUT,
        "expert-replay: /no/python3: no such program: Parquet needs Python; install it, or name it in "
        "EXPERT_REPLAY_PYTHON",
    )


def test_without_pyarrow(store: Path, tmp_path: Path) -> None:
    (tmp_path / "pyarrow.py").write_text("raise ModuleNotFoundError('No module', name='pyarrow')")
    ended = program(store, "-o", tmp_path / "x.parquet", PYTHONPATH=f"{tmp_path}:{ROOT}/python")
    assert (ended.returncode, ended.stderr) == (
        os.EX_NOINPUT,
        "expert-replay: pyarrow is not installed: pip install 'expert-replay[parquet]'\n",
    )
    assert not (tmp_path / "x.parquet").exists()


def test_mistakes_are_one_line(store: Path, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("not SQLite, but long enough for a header of a hundred bytes" * 3)
    sqlite3.connect(tmp_path / "empty.sqlite").execute("CREATE TABLE other (a)")
    mistakes: list[tuple[list[str | Path], int, str]] = [
        (["none", "-o", "x"], 66, "none: no such file"),
        ([tmp_path / "text", "-o", "x"], 65, f"{tmp_path}/text: not the results of a study: file is not a database"),
        ([tmp_path / "empty.sqlite", "-o", "x"], 65, "not the results of a study; expected what study collect wrote"),
        ([store, "-o", tmp_path / "text"], 73, f"{tmp_path}/text: cannot write: File exists"),
        ([store, "-o", "/no/folder/x.parquet"], 73, "cannot write: No such file or directory"),
        ([store], 64, "the following arguments are required: -o/--output; see --help"),
    ]
    for words, status, line in mistakes:
        ended = program(*words)
        assert ended.returncode == status, words
        assert ended.stderr.startswith("expert-replay: "), words
        assert line in ended.stderr, words
        assert ended.stderr.count("\n") == 1, words


def test_what_was_there_stays_until_the_new_one_is_whole(store: Path, tmp_path: Path) -> None:
    target = tmp_path / "x.parquet"
    target.write_text("old")
    target.chmod(0o600)

    def broken(*_: object) -> None:
        raise OSError(28, "No space left on device", str(target))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(study_tables, "batches", broken)
        with pytest.raises(ExpertReplayError, match=r"x\.parquet: cannot write: No space left on device") as raised:
            StudyResults(store).to_parquet(target)
    assert raised.value.status == os.EX_CANTCREAT
    assert [file.name for file in tmp_path.iterdir()] == ["x.parquet"]
    assert target.read_text() == "old"
    StudyResults(store).to_parquet(target)
    assert target.stat().st_mode & 0o777 == 0o600
