"""What is wrong with a call is the command's own line, and its status."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import numpy as np
import pytest
from companion.asked import DECODE, HOT_COLD

import expert_replay
from expert_replay import ExpertReplayError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("in_root")

POLICY = {
    "name": "mine",
    "planer": {"kind": "eplb"},
    "predictor": {"kind": "oracle"},
}


@pytest.mark.parametrize(
    ("call", "status", "line"),
    [
        (lambda: expert_replay.replay("none.moetrace"), 66, "none.moetrace: no such file"),
        (lambda: expert_replay.replay("--help"), 66, "./--help: no such file"),
        (lambda: expert_replay.inspect(__file__), 65, "test_bad_calls.py: byte 0: not a routing trace"),
        (lambda: expert_replay.replay(HOT_COLD, "epl"), 66, "epl: no such entry; did you mean 'eplb'?"),
        (lambda: expert_replay.replay(HOT_COLD, POLICY), 65, "mine.yaml: line 3: planer: unknown key; did you mean"),
        (lambda: expert_replay.replay(HOT_COLD, cluster={"name": "c"}), 65, "c.yaml: "),
        (lambda: expert_replay.replay(HOT_COLD, as_="vlm"), 66, "vlm: no such serving system; did you mean 'vllm'?"),
        (lambda: expert_replay.replay(HOT_COLD, ranks=0), 64, "--ranks 0, expected 1…4096"),
        (lambda: expert_replay.replay(HOT_COLD, phase="x"), 64, "--phase: unknown phase 'x'; known: decode, prefill"),
        (lambda: expert_replay.screen(HOT_COLD, target="trt"), 64, "--target: "),
        (lambda: expert_replay.plan(DECODE, "eplb", to="sglan"), 64, "--to: unknown format 'sglan'; did you mean"),
        (lambda: expert_replay.plan(np.zeros((0, 4)), "eplb"), 65, "load.json: "),
    ],
)
def test_one_line_and_a_status(call: Callable[[], object], status: int, line: str) -> None:
    with pytest.raises(ExpertReplayError) as raised:
        call()
    assert raised.value.status == status
    assert line in raised.value.line
    assert "\n" not in raised.value.line
    assert str(raised.value) == raised.value.line


def test_options_that_there_are_none_of() -> None:
    with pytest.raises(TypeError, match=r"replay has no option 'rank'; did you mean 'ranks'\?"):
        expert_replay.replay(HOT_COLD, rank=8)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="screen has no option 'treads'; did you mean 'threads'"):
        expert_replay.screen(HOT_COLD, treads=8)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match=r"inspect has no option 'xyz'$"):
        expert_replay.inspect(HOT_COLD, xyz=8)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="plan has no option 'slot'; did you mean 'slots'"):
        expert_replay.plan(HOT_COLD, "eplb", slot=8)  # type: ignore[call-arg]
    with pytest.raises(ValueError, match="expected one without a step"):
        expert_replay.replay(HOT_COLD, steps=range(0, 8, 2))


def test_a_command_that_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "killed"
    script.write_text(f'#!/bin/sh\n[ "$1" = --version ] && exec echo {expert_replay.__version__}\nkill -9 $$\n')
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("EXPERT_REPLAY_BINARY", str(script))
    with pytest.raises(ExpertReplayError, match=r"^expert-replay was ended by SIGKILL$") as raised:
        expert_replay.replay(HOT_COLD)
    assert raised.value.status == -9
    script.write_text(f'#!/bin/sh\n[ "$1" = --version ] && exec echo {expert_replay.__version__}\nexit 3\n')
    os.utime(script, ns=(1, 1))
    with pytest.raises(ExpertReplayError, match="ended with status 3, and said nothing"):
        expert_replay.replay(HOT_COLD)
