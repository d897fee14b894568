"""The Python of docs/python.md runs, block after block."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest
from loopback.study import ROOT

if TYPE_CHECKING:
    from pathlib import Path

BLOCK = re.compile(r"(?P<before><!-- not run: (?P<why>[^>]*) -->\n\n)?```python\n(?P<code>.*?)^```$", re.S | re.M)


@pytest.mark.filterwarnings("ignore::expert_replay.ExpertReplayWarning")
def test_blocks_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    text = (ROOT / "docs/python.md").read_text(encoding="utf-8")
    shutil.copytree(ROOT / "traces", tmp_path / "traces")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EXPERT_REPLAY_HOME", str(ROOT))
    names: dict[str, object] = {}
    run = 0
    for found in BLOCK.finditer(text):
        line = text[: found.start("code")].count("\n")
        code = compile("\n" * line + found["code"], str(ROOT / "docs/python.md"), "exec")
        if not found["before"]:
            exec(code, names)
            run += 1
    assert run >= 10
    printed = capsys.readouterr().out
    assert "faster than static" in printed
    assert "66 epl: no such entry; did you mean 'eplb'?" in printed
    assert (tmp_path / "where.settings.parquet").is_file()
