"""Which command is taken, and which is not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from companion.asked import HOT_COLD
from loopback.study import BINARY, ROOT

import expert_replay
from expert_replay import ExpertReplayError, __version__, binary


def program(folder: Path, text: str) -> str:
    """Make a program `expert-replay` in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "expert-replay"
    path.write_text(text)
    path.chmod(0o755)
    return str(path)


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Have no command anywhere but in what a test makes in this folder."""
    monkeypatch.delenv("EXPERT_REPLAY_BINARY")
    monkeypatch.setenv("PATH", f"{tmp_path}/first:{tmp_path}/second")
    monkeypatch.setattr(binary, "of_wheel", lambda: None)
    return tmp_path


def test_the_variable_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binary, "of_wheel", lambda: "/of/wheel")
    assert binary.find() == BINARY
    monkeypatch.delenv("EXPERT_REPLAY_BINARY")
    assert binary.find() == "/of/wheel"


def test_a_wheel_has_it_beside_the_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(binary, "__file__", str(tmp_path / "expert_replay/binary.py"))
    assert binary.of_wheel() is None
    path = program(tmp_path / "expert_replay/_tool/bin", "")
    assert binary.of_wheel() == path


def test_path_comes_last_and_our_own_script_is_passed_over(nowhere: Path) -> None:
    program(nowhere / "first", "#!/usr/bin/python3\nfrom expert_replay.console import main\nmain()\n")
    second = program(nowhere / "second", "#!/bin/sh\n")
    assert binary.find() == second


def test_a_command_that_is_absent_says_where_it_was_looked_for(nowhere: Path) -> None:
    with pytest.raises(ExpertReplayError) as raised:
        expert_replay.replay(HOT_COLD)
    place = Path(binary.__file__).parent / "_tool/bin/expert-replay"
    assert raised.value.status == os.EX_NOINPUT
    assert raised.value.line == (
        "the command expert-replay is not here: looked in $EXPERT_REPLAY_BINARY, which is not set, "
        f"{place}, and on PATH; install a wheel, or make install"
    )


def test_a_variable_that_names_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPERT_REPLAY_BINARY", "/no/binary")
    with pytest.raises(ExpertReplayError, match=r"^/no/binary: no such program; EXPERT_REPLAY_BINARY names it$"):
        expert_replay.inspect(HOT_COLD)


@pytest.mark.parametrize(("printed", "version"), [("0.8.1", "0.8.1"), ("", "unknown")])
def test_a_command_of_another_version(
    printed: str, version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = program(tmp_path, f"#!/bin/sh\necho {printed}\n")
    monkeypatch.setenv("EXPERT_REPLAY_BINARY", other)
    with pytest.raises(ExpertReplayError) as raised:
        expert_replay.replay(HOT_COLD)
    assert raised.value.status == os.EX_USAGE
    assert raised.value.line == (
        f"{other}: version {version}, expected {__version__}, this package's; "
        "install the same of both, or name another in EXPERT_REPLAY_BINARY"
    )


def test_a_program_that_does_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPERT_REPLAY_BINARY", program(tmp_path, "#!/no/interpreter\n"))
    with pytest.raises(ExpertReplayError, match="expert-replay: No such file or directory"):
        expert_replay.replay(HOT_COLD)


def test_the_version_is_written_once_for_swift_and_once_for_python() -> None:
    text = (ROOT / "Sources/Diagnostics/Version.swift").read_text()
    assert f'expertReplayVersion = "{__version__}"' in text


def console(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run what pip makes the command `expert-replay` of."""
    code = "from expert_replay.console import main; main()"
    everything = os.environ | {"PYTHONPATH": str(ROOT / "python")} | environment
    command = [sys.executable, "-c", code, *words]
    return subprocess.run(command, env=everything, capture_output=True, text=True, check=False)


def test_the_console_is_the_command() -> None:
    assert console("--version").stdout == f"{__version__}\n"
    failed = console("replay", "none.moetrace")
    assert (failed.returncode, failed.stderr) == (os.EX_NOINPUT, "expert-replay: none.moetrace: no such file\n")


def test_the_console_names_its_python(tmp_path: Path) -> None:
    shown = console(EXPERT_REPLAY_BINARY=program(tmp_path, "#!/bin/sh\necho $EXPERT_REPLAY_PYTHON\n"))
    assert Path(shown.stdout.strip()).samefile(sys.executable)


def test_the_console_without_a_command() -> None:
    failed = console(EXPERT_REPLAY_BINARY="/no/binary")
    assert failed.returncode == os.EX_NOINPUT
    assert failed.stderr == "expert-replay: /no/binary: no such program; EXPERT_REPLAY_BINARY names it\n"


def test_workers_of_ray_need_no_numpy() -> None:
    code = "import sys; sys.modules['numpy'] = None; import expert_replay.ray_engine.replayer, expert_replay.parquet"
    subprocess.run([sys.executable, "-c", code], env=os.environ | {"PYTHONPATH": str(ROOT / "python")}, check=True)


def test_public_names_are_there() -> None:
    for name in expert_replay.__all__:
        assert getattr(expert_replay, name) is not None
    # Imported, a module would take the place of what has its name.
    assert not {path.stem for path in Path(binary.__file__).parent.glob("*.py")} & set(expert_replay.__all__)
    assert dir(expert_replay) == sorted(expert_replay.__all__)
    with pytest.raises(AttributeError, match="module 'expert_replay' has no attribute 'reply'"):
        expert_replay.reply  # noqa: B018
