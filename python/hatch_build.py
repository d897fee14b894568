"""Puts the command and its presets into the wheel: `pip install ./python` in a clone, with a Swift toolchain."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

CLONE = Path(__file__).resolve().parent.parent
PRESETS = ("policies", "clusters", "models", "workloads", "validation", "studies")
PLACE = "expert_replay/_tool"
"""Where `expert_replay.binary` looks for it; the command finds its presets beside it."""


class ToolBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Builds the command, linked statically, unless the package is installed in place (`pip install -e`)."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the command to a wheel's files, and name the platform that it runs on."""
        if self.target_name != "wheel" or version == "editable":
            return
        if not (CLONE / "Package.swift").is_file():
            sys.exit(f"expert-replay is built from its clone, which {CLONE} is not: pip install CLONE/python")
        check_version(self.metadata.version)
        binary = build()
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{platform(binary)}"
        files = {binary: f"{PLACE}/bin/expert-replay"}
        files |= {CLONE / folder: f"{PLACE}/share/expert-replay/{folder}" for folder in PRESETS}
        # Of the packages that are linked into it.
        for licence in sorted((CLONE / ".build/static/checkouts").glob("*/LICENSE*")):
            files[licence] = f"{PLACE}/share/licences/{licence.parent.name}.txt"
        build_data["force_include"] |= {str(source): target for source, target in files.items()}


def check_version(version: str) -> None:
    """End with one line if the command's sources are of another version than the package."""
    text = (CLONE / "Sources/Diagnostics/Version.swift").read_text(encoding="utf-8")
    (sources,) = re.findall(r'expertReplayVersion = "(.*)"', text)
    if sources != version:
        sys.exit(f"expert_replay/version.py says {version}, Sources/Diagnostics/Version.swift {sources}")


def build() -> Path:
    """Build the command beside other builds, in `.build/static`; ends with one line where there is no Swift."""
    scratch = CLONE / ".build/static"
    command = [os.environ.get("SWIFT", "swift"), "build", "-c", "release", "--package-path", str(CLONE)]
    command += ["--scratch-path", str(scratch), "--product", "expert-replay"]
    environment = dict(os.environ)
    if sys.platform == "linux":
        archives = gather_archives(scratch / "archives")
        environment["PKG_CONFIG_PATH"] = f"{archives}:{os.environ.get('PKG_CONFIG_PATH', '')}"
        command += ["--static-swift-stdlib", "-Xswiftc", "-Xclang-linker", "-Xswiftc", "-static-libgcc"]
        command += ["-Xlinker", "-s"]
    try:
        subprocess.run(command, env=environment, stdout=sys.stderr, check=True)
        show = [*command, "--show-bin-path"]
        shown = subprocess.run(show, env=environment, capture_output=True, text=True, check=True)
    except FileNotFoundError:
        sys.exit("expert-replay is built with Swift 6.2 or newer, which is not on PATH: https://www.swift.org/install")
    except subprocess.CalledProcessError as error:
        sys.exit(f"swift build failed with status {error.returncode}")
    return Path(shown.stdout.strip()) / "expert-replay"


def gather_archives(folder: Path) -> Path:
    """Make a folder in which the linker finds the archives, and no shared library, of what is not of Swift or libc.

    `PKG_CONFIG_PATH` names it to Swift, which asks pkg-config for zlib and SQLite.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for package, library in {"zlib": "z", "sqlite3": "sqlite3", "libstdc++": "stdc++"}.items():
        name = f"lib{library}.a"
        asked = ["cc", f"-print-file-name={name}"]
        found = Path(subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip())
        if not found.is_absolute():
            sys.exit(f"{name} is missing: install the development package of {package}")
        (folder / name).unlink(missing_ok=True)
        (folder / name).symlink_to(found)
        text = f"Name: {package}\nDescription: {name}\nVersion: 0\nLibs: -L{folder} -l{library}\n"
        (folder / f"{package}.pc").write_text(text)
    return folder


def platform(binary: Path) -> str:
    """Tag of the systems that have what the binary asks of them; on Linux that is the newest symbol of glibc."""
    if sys.platform != "linux":
        return re.sub(r"[.-]", "_", sysconfig.get_platform())
    newest = max(int(minor) for minor in re.findall(rb"GLIBC_2\.(\d+)", binary.read_bytes()))
    return f"manylinux_2_{newest}_{os.uname().machine}"
