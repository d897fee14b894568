"""What workers are sent that share no storage with this machine."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from expert_replay.manifest import Manifest

PRESETS = ("policies", "clusters", "models", "workloads", "validation")
LARGEST = 480 << 20
"""Bytes: Ray takes 512 MiB in one package."""


class CargoError(ValueError):
    """Something that cannot be sent, in one line."""


def pack(folder: Path, manifest: Manifest, binary: Path) -> None:
    """Fill a folder with the command, the manifest, and what its names stand for here.

    Below it names mean what they mean in the working directory; `home` is `EXPERT_REPLAY_HOME`. `CargoError` for a file
    elsewhere, or more than Ray takes.
    """
    shutil.copy(binary, folder / "expert-replay")
    shutil.copy(manifest.path, folder / "manifest.jsonl")
    installed = binary.resolve().parent.parent / "share" / "expert-replay"
    homes = [installed, *(Path(home) for home in [os.environ.get("EXPERT_REPLAY_HOME")] if home)]
    for preset in PRESETS:
        for home in homes:
            _copy_folder(home / preset, folder / "home" / preset)
        _copy_folder(Path(preset), folder / preset)
    for name in manifest.files():
        _copy_file(name, folder)
    for name in manifest.preset_names():
        if Path(name).is_file() and not (folder / name).exists():
            _copy_file(name, folder)
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    if size > LARGEST:
        raise CargoError(
            f"command, presets and traces are {size >> 20} MiB, Ray ships at most {LARGEST >> 20}: "
            "put them on storage that workers share, and leave out --ship"
        )


def _copy_folder(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True)


def _copy_file(name: str, folder: Path) -> None:
    if Path(name).is_absolute() or ".." in Path(name).parts:
        raise CargoError(f"{name}: --ship sends files below the working directory only")
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        shutil.copy(name, target)
    except OSError as error:
        raise CargoError(f"{name}: {error.strerror}") from None
