"""What tests share: a small study, and Ray on this machine."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest
from loopback.ray_cluster import RayCluster
from loopback.study import BINARY, ROOT, Study

if TYPE_CHECKING:
    from collections.abc import Iterator

os.environ.setdefault("EXPERT_REPLAY_BINARY", BINARY)


@pytest.fixture(scope="module")
def in_root() -> Iterator[None]:
    """Run a module's tests where traces and presets are found by their names."""
    before = os.getcwd()  # noqa: PTH109
    os.chdir(ROOT)
    yield
    os.chdir(before)


@pytest.fixture(scope="session")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return Study(tmp_path_factory.mktemp("study"))


@pytest.fixture(scope="session")
def cluster() -> Iterator[RayCluster]:
    if sys.platform != "linux":
        pytest.skip("Ray has several nodes on a machine on Linux alone")
    cluster = RayCluster()
    yield cluster
    cluster.stop()
