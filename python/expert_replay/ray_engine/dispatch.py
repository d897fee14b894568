"""Hands a study's jobs to Ray, as many at a time as it has room for."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import ray

from expert_replay.ray_engine.machines import Machines
from expert_replay.ray_engine.replayer import Answer, ReplayerDiedError, Site, replay

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from expert_replay.manifest import Job


@ray.remote(num_cpus=1)
def _task(site: Site, number: int, digest: str) -> Answer:
    return replay(site, number, digest, ray.get_runtime_context().get_node_id())


@dataclass
class Tally:
    """What has become of jobs."""

    done: int = 0
    left: int = 0
    why: str | None = None
    """The first reason for a job that is left."""
    statuses: set[int] = field(default_factory=set)
    """Exit statuses of commands that gave up on jobs that are left; 0 for those that went on."""


class Dispatch:
    """Jobs in flight, and those that are to be tried elsewhere."""

    def __init__(self, site: Site, workers: int | None, retries: int, keep: Callable[[Job, bytes], None]) -> None:
        self.site = site
        self.workers = workers
        self.options: dict[str, Any] = {"max_retries": retries, "retry_exceptions": [ReplayerDiedError]}
        self.keep = keep
        self.tally = Tally()
        self.machines = Machines()
        self.flights: dict[Any, Job] = {}
        self.again: deque[Job] = deque()
        self.alive: set[str] = set()
        self.room = 0
        self.looked = -1.0

    def run(self, jobs: Iterator[Job], progress: Callable[[int], None]) -> Tally:
        """Run all of them; returns when each is done, or left for a reason."""
        while True:
            self._look_around()
            while self.again:
                self._submit_again(self.again.popleft())
            while len(self.flights) < self.room and (job := next(jobs, None)):
                self._submit(job)
            if not self.flights and not self.again:
                return self.tally
            self._settle()
            progress(self.tally.done)

    def cancel(self) -> None:
        """End what is in flight."""
        for flight in self.flights:
            ray.cancel(flight, force=True)

    def _look_around(self) -> None:
        """See, once a second, which machines there are: they come and go."""
        if time.monotonic() - self.looked < 1:
            return
        self.looked = time.monotonic()
        # A head that runs no tasks has no cores.
        self.alive = {node["NodeID"] for node in ray.nodes() if node["Alive"] and node["Resources"].get("CPU", 0) >= 1}
        # As much waits as runs: no core is idle between jobs, and a cluster that grows by demand sees some.
        self.room = self.workers or max(4, 2 * int(ray.cluster_resources().get("CPU", 1)))
        stuck = [(flight, job) for flight, job in self.flights.items() if self._is_stuck(job)]
        for flight, job in stuck:
            if not ray.wait([flight], timeout=0)[0]:
                ray.cancel(flight)
                del self.flights[flight]
                self._leave_stuck(job)

    def _is_stuck(self, job: Job) -> bool:
        return bool(self.alive) and self.alive <= self.machines.unfit(job)

    def _submit(self, job: Job) -> None:
        task = _task.options(label_selector=self.machines.selector(job), **self.options)
        self.flights[task.remote(self.site, job.number, job.digest)] = job

    def _submit_again(self, job: Job) -> None:
        if self._is_stuck(job):
            self._leave_stuck(job)
        else:
            self._submit(job)

    def _leave_stuck(self, job: Job) -> None:
        answer = self.machines.why_not(job)
        self._leave(f"{answer.reason} (on {answer.host})", job, answer.status)

    def _settle(self) -> None:
        """See to the jobs that have come back; waits for one, at most a second."""
        if not self.flights:
            return
        ready, rest = ray.wait(list(self.flights), num_returns=1, timeout=1)
        ready += ray.wait(rest, num_returns=len(rest), timeout=0)[0] if ready and rest else []
        for flight in ready:
            job = self.flights.pop(flight)
            try:
                answer = ray.get(flight)
            except ray.exceptions.RuntimeEnvSetupError:
                raise
            except ray.exceptions.RayError as error:
                self._leave(_reason(error), job)
                continue
            if answer.reason is not None:
                self.machines.refused(job, answer)
                self.again.append(job)
                continue
            if answer.outcome is not None:
                self.keep(job, answer.outcome)
            self.tally.done += 1

    def _leave(self, why: str, job: Job, status: int = 0) -> None:
        self.tally.left += 1
        self.tally.why = self.tally.why or f"job {job.number}: {why}"
        self.tally.statuses.add(status)


def _reason(error: ray.exceptions.RayError) -> str:
    cause = getattr(error, "cause", None)
    lines = str(cause or error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
