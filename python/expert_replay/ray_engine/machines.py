"""Which machines a job is kept from: those that said that they cannot run it."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from expert_replay.manifest import Job
    from expert_replay.ray_engine.replayer import Answer


class Machines:
    """Without it a machine that lacks a trace, and says so at once, would be handed job after job."""

    def __init__(self) -> None:
        self._of_all: dict[str, Answer] = {}
        self._of_trace: dict[str, dict[str, Answer]] = defaultdict(dict)

    def refused(self, job: Job, answer: Answer) -> None:
        """Keep jobs of the trace from a machine; all jobs if the command gave up there, as on a full disk."""
        if answer.status:
            self._of_all[answer.node] = answer
        else:
            self._of_trace[job.trace][answer.node] = answer

    def unfit(self, job: Job) -> set[str]:
        """Ids of machines that the job is kept from."""
        return self._of_all.keys() | self._of_trace.get(job.trace, {}).keys()

    def why_not(self, job: Job) -> Answer:
        """Return what the first of these machines answered; there is one."""
        return next(iter([*self._of_all.values(), *self._of_trace[job.trace].values()]))

    def selector(self, job: Job) -> dict[str, str]:
        """Ray's label selector for the others."""
        unfit = self.unfit(job)
        return {"ray.io/node-id": f"!in({','.join(sorted(unfit))})"} if unfit else {}
