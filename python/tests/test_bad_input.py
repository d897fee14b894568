"""What is wrong is one line, and the right status."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

from loopback.study import BINARY, ROOT, submit

from expert_replay import __version__

if TYPE_CHECKING:
    from pathlib import Path

    from loopback.study import Study


def test_the_package_has_the_commands_version() -> None:
    version = subprocess.run([BINARY, "--version"], capture_output=True, text=True, check=True).stdout
    assert version.strip() == __version__


def test_a_manifest_of_another_version(study: Study, tmp_path: Path) -> None:
    header, *jobs = study.manifest.read_text().splitlines(keepends=True)
    manifest = tmp_path / "other.jsonl"
    manifest.write_text(json.dumps(json.loads(header) | {"tool": "0.1.0"}) + "\n" + "".join(jobs))
    ended = submit(manifest, folder=tmp_path)
    assert ended.returncode == os.EX_USAGE
    assert ended.stderr.startswith(f"expert-replay: {manifest}: planned by version 0.1.0, this is {__version__}")
    assert ended.stderr.count("\n") == 1


def test_a_folder_of_another_study(study: Study, tmp_path: Path) -> None:
    (tmp_path / "results").mkdir()
    (tmp_path / "results/study.json").write_text('{"format": "expert-replay-study", "study": "another"}')
    ended = submit(study.manifest, folder=tmp_path)
    assert ended.returncode == os.EX_USAGE
    assert "results of study 'another', not of 'small'" in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_no_manifest(tmp_path: Path) -> None:
    ended = submit(tmp_path / "none.jsonl", folder=tmp_path)
    assert (ended.returncode, ended.stderr) == (
        os.EX_NOINPUT,
        f"expert-replay: {tmp_path}/none.jsonl: no such file\n",
    )


def test_no_ray_at_the_address(study: Study, tmp_path: Path) -> None:
    ended = submit(study.manifest, "--address", "ray://127.0.0.1:1", folder=tmp_path)
    assert ended.returncode == os.EX_NOINPUT
    assert ended.stderr.splitlines()[-1].startswith("expert-replay: Ray at ray://127.0.0.1:1: ")


def test_no_ray_at_all(study: Study, tmp_path: Path) -> None:
    (tmp_path / "ray.py").write_text("raise ModuleNotFoundError('No module', name='ray')")
    path = f"{tmp_path}:{ROOT}/python"
    ended = submit(study.manifest, folder=tmp_path, environment={"PYTHONPATH": path})
    assert (ended.returncode, ended.stderr) == (
        os.EX_NOINPUT,
        "expert-replay: ray is not installed: pip install 'ray[default]'\n",
    )


def test_words_that_are_no_options(study: Study, tmp_path: Path) -> None:
    for words in (["--worker", "2"], ["--workers", "0"], ["--retries", "x"], ["--ship", "--worker-binary", "y"]):
        ended = submit(study.manifest, *words, folder=tmp_path)
        assert ended.returncode == os.EX_USAGE, words
        assert ended.stderr.startswith("expert-replay: "), words
        assert ended.stderr.count("\n") == 1, words


def test_submit_finds_the_package_beside_the_presets(study: Study, tmp_path: Path) -> None:
    command = [BINARY, "study", "submit", str(study.manifest), "--engine", "ray", "--workers", "3", "--", "--help"]
    environment = os.environ | {"EXPERT_REPLAY_PYTHON": sys.executable, "EXPERT_REPLAY_HOME": str(ROOT)}
    ended = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith("usage: python3 -m expert_replay.ray_engine")


def test_submit_names_a_python_that_is_not_there(study: Study, tmp_path: Path) -> None:
    command = [BINARY, "study", "submit", str(study.manifest), "--engine", "ray"]
    environment = os.environ | {"EXPERT_REPLAY_PYTHON": "/no/python3"}
    ended = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == os.EX_NOINPUT
    assert ended.stderr.startswith("expert-replay: /no/python3: no such program: Ray needs Python")
    assert ended.stderr.count("\n") == 1
