"""What tests share: a small study, and Ray on this machine."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from loopback.ray_cluster import RayCluster
from loopback.study import Study

if TYPE_CHECKING:
    from collections.abc import Iterator


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
