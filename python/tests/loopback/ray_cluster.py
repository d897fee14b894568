"""A Ray head and two worker nodes, as on three machines."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from loopback.processes import Processes, free_port

# In a process of its own: Ray reads its environment when it is imported.
READY = """
import sys, time, ray
ray.init(address=sys.argv[1], logging_level="ERROR", log_to_driver=False)
while ray.cluster_resources().get("CPU", 0) < int(sys.argv[2]):
    time.sleep(0.1)
"""


class RayCluster:
    """The head runs no tasks; each worker has one core, and its number in `NODE`."""

    WORKERS = 2
    HOST = "127.0.0.2"
    """Of the loopback; Ray takes 127.0.0.1 for the machine's outer address."""

    def __init__(self) -> None:
        # Sockets lie below it, whose paths may not be long.
        self.folder = Path(tempfile.mkdtemp(prefix="ray-", dir="/tmp"))
        self.processes = Processes(self.folder)
        # Its ports are open to the network: who speaks to them has to know this.
        os.environ |= {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}
        port = free_port()
        self.address = f"{self.HOST}:{port}"
        try:
            self._start_node(0, ["--head", f"--port={port}", f"--ray-client-server-port={free_port()}"], cores=0)
            for number in range(1, 1 + self.WORKERS):
                self._start_node(number, [f"--address={self.address}"], cores=1)
            subprocess.run([sys.executable, "-c", READY, self.address, str(self.WORKERS)], check=True, timeout=90)
        except BaseException:
            self.stop()
            raise

    def _start_node(self, number: int, words: list[str], cores: int) -> None:
        ray_command = str(Path(sys.executable).parent / "ray")
        command = [ray_command, "start", "--block", f"--node-ip-address={self.HOST}", f"--num-cpus={cores}"]
        command += ["--num-gpus=0", "--object-store-memory=100000000", "--disable-usage-stats", *words]
        command += ["--include-dashboard=false", f"--temp-dir={self.folder}/ray"] if number == 0 else []
        log = self.processes.start(command, {"NODE": str(number), "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0"})
        # One after the other: names of their logs and sockets are chosen by what is there.
        self.processes.wait_until(lambda: "will now block" in log.read_text(), f"Ray node {number}")

    def stop(self) -> None:
        """End its processes and remove what they left."""
        self.processes.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
