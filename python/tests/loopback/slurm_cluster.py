"""Slurm with one node of two cores, from Debian's slurm-wlm and munge; needs the administrator's rights."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

from loopback.processes import Processes, free_port

CONFIGURATION = """
ClusterName=loopback
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller}
SlurmdPort={daemon}
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
ProctrackType=proctrack/pgid
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
MpiDefault=none
ReturnToService=2
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmdParameters=config_overrides
NodeName={host} NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=all Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


class SlurmCluster:
    """Commands find it by `SLURM_CONF`."""

    PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel", "sinfo")

    def __init__(self) -> None:
        missing = [name for name in self.PROGRAMS if not self._program(name)]
        if missing:
            raise FileNotFoundError(f"no {', '.join(missing)}: apt-get install slurm-wlm munge")
        self.folder = Path(tempfile.mkdtemp(prefix="slurm-", dir="/tmp"))
        self.folder.chmod(0o755)
        self.processes = Processes(self.folder)
        self.environment = {"SLURM_CONF": str(self.folder / "slurm.conf")}
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    @staticmethod
    def _program(name: str) -> str | None:
        return shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")

    def _start(self) -> None:
        text = CONFIGURATION.format(
            host=socket.gethostname().split(".")[0], controller=free_port(), daemon=free_port(), folder=self.folder
        )
        (self.folder / "slurm.conf").write_text(text)
        for name in ("state", "spool"):
            (self.folder / name).mkdir()
        key = self.folder / "munge.key"
        key.write_bytes(secrets.token_bytes(128))
        key.chmod(0o400)
        names = {"key-file": key.name, "socket": "munge.socket", "pid-file": "munge.pid"}
        names |= {"log-file": "munge.txt", "seed-file": "munge.seed"}
        options = [f"--{option}={self.folder / name}" for option, name in names.items()]
        self._run("munged", "--foreground", "--force", *options)
        self.processes.wait_until((self.folder / "munge.socket").exists, "munge")
        self._run("slurmctld", "-D", "-f", self.environment["SLURM_CONF"])
        self._run("slurmd", "-D", "-f", self.environment["SLURM_CONF"])
        self.processes.wait_until(lambda: self._ask("sinfo", "--noheader", "--format=%t") == "idle", "idle node")

    def _run(self, name: str, *words: str) -> None:
        self.processes.start([self._program(name) or name, *words], self.environment)

    def _ask(self, name: str, *words: str) -> str:
        answer = subprocess.run(
            [name, *words], env=os.environ | self.environment, capture_output=True, text=True, check=False
        )
        return answer.stdout.strip()

    def stop(self) -> None:
        """End its processes and remove what they left."""
        self.processes.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
