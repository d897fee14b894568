"""Progress is shown where somebody sees it, and Ctrl-C ends the command."""

from __future__ import annotations

import contextlib
import io
import os
import re
import signal
import subprocess
import sys
import time
import types
from typing import TYPE_CHECKING, Any

import pytest
from companion.asked import DECODE
from loopback.study import BINARY, ROOT

import expert_replay
from expert_replay import progress_line

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("in_root")


@pytest.fixture
def slow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a command that says what the real one does on a terminal, and takes its time."""
    script = tmp_path / "slow"
    script.write_text(
        f'#!/bin/sh\n[ "$1" = --version ] && exec {BINARY} --version\n'
        "[ -t 2 ] && printf '\\rreplaying: 12 %%\\033[K' >&2 && sleep 0.2\n"
        "[ -t 2 ] && printf '\\rreplaying: 96 %%\\033[K' >&2 && printf '\\r\\033[K' >&2\n"
        f'echo "note: $TERM" >&2\ncommand=$1; shift; exec {BINARY} $command --quiet "$@"\n'
    )
    script.chmod(0o755)
    monkeypatch.setenv("EXPERT_REPLAY_BINARY", str(script))


@pytest.mark.usefixtures("slow")
def test_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stderr", terminal)
    result = expert_replay.replay(DECODE, "greedy", ranks=8)
    assert terminal.getvalue() == "\rreplaying: 12 %\x1b[K\rreplaying: 96 %\x1b[K\r\x1b[K"
    assert result.remarks == ("note: xterm",)


@pytest.mark.usefixtures("slow")
def test_in_a_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[tuple[str, str]] = []

    class Handle:
        def update(self, data: dict[str, str], raw: bool) -> None:
            assert raw
            shown.append(("update", data["text/plain"]))

    def display(data: dict[str, str], **_: Any) -> Handle:  # noqa: ANN401
        shown.append(("display", data["text/plain"]))
        return Handle()

    ipython = types.ModuleType("IPython")
    ipython.get_ipython = lambda: types.SimpleNamespace(kernel=object())  # type: ignore[attr-defined]
    module = types.ModuleType("IPython.display")
    module.display = display  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", module)
    expert_replay.replay(DECODE, "greedy", ranks=8)
    assert shown == [("display", "replaying: 12 %"), ("update", "replaying: 96 %"), ("update", "")]
    shown.clear()
    expert_replay.replay(DECODE, "greedy", ranks=8, progress=False)
    assert shown == []


@pytest.mark.usefixtures("slow")
def test_nowhere_else(capfd: pytest.CaptureFixture[str]) -> None:
    expert_replay.replay(DECODE, "greedy", ranks=8)
    assert capfd.readouterr() == ("", "")


def test_the_commands_own_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    texts: list[str] = []

    class Screen:
        def show(self, text: str) -> None:
            texts.append(text)

    monkeypatch.setattr(progress_line, "screen", lambda _: Screen())
    # What is over within half a second shows none, and how much that is depends on the machine.
    repeat = 50
    while not texts and repeat < 1_000_000:
        expert_replay.replay(DECODE, ["eplb:steps=1", "fractional:steps=1"], repeat=repeat, per_step=False)
        repeat *= 10
    assert texts
    assert texts[-1] == ""
    assert all(re.match(r"replaying: |$", text) for text in texts), texts


def test_a_line_that_comes_in_pieces() -> None:
    ours, its = progress_line.channel(None)
    pieces = [b"note: a", b"\nx", b"\rhalf", b" of it\x1b", b"[K\xc3", b"\xa9 b\n", b"rest"]
    listener = progress_line.listen(ours, None)
    for piece in pieces:
        os.write(its, piece)
    os.close(its)
    assert list(listener) == ["note: a", "é b", "rest"]
    os.close(ours)


@pytest.mark.parametrize("is_terminal", [False, True])
def test_ctrl_c_ends_the_command(is_terminal: bool, tmp_path: Path) -> None:
    code = f"""
import expert_replay
try:
    expert_replay.replay({DECODE!r}, ["eplb:steps=1"] * 1, repeat=100000, per_step=False, progress={is_terminal})
except KeyboardInterrupt:
    print("interrupted")
"""
    environment = os.environ | {"PYTHONPATH": str(ROOT / "python"), "TMPDIR": str(tmp_path)}
    # As a notebook does it: the signal comes to Python alone.
    # A shell's background ignores it.
    python = subprocess.Popen(
        [sys.executable, "-c", code],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    children = f"/proc/{python.pid}/task/{python.pid}/children"
    if not os.path.exists(children):  # noqa: PTH110
        pytest.skip("needs Linux")
    child = wait_for_replay(children)
    try:
        time.sleep(0.3)
        python.send_signal(signal.SIGINT)
        assert python.communicate(timeout=15)[0] == "interrupted\n"
        with pytest.raises(ProcessLookupError):
            os.kill(child, 0)
    finally:
        for process in (python.pid, child):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
    assert list(tmp_path.iterdir()) == []


def wait_for_replay(children: str) -> int:
    end = time.monotonic() + 15
    while time.monotonic() < end:
        with open(children) as file:  # noqa: PTH123
            for child in map(int, file.read().split()):
                with open(f"/proc/{child}/cmdline", "rb") as words:  # noqa: PTH123
                    if b"\0replay\0" in words.read():
                        return child
        time.sleep(0.02)
    raise TimeoutError("no replay began")
