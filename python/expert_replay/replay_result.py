"""What a replay found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, overload

import numpy as np

from expert_replay import columns
from expert_replay.report import Report

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from expert_replay.columns import Columns

    Table = Literal["policies", "per_step", "per_layer", "rewrites"]


class ReplayResult(Report):
    """Policies on one machine, compared with the baseline.

    Times are microseconds, sizes bytes, gains fractions of the baseline's; `docs/figures.md` reads each figure. In a
    notebook it shows the command's page, printed the command's table.
    """

    raw: dict[str, Any]

    def __init__(self, raw: dict[str, Any], steps: Columns | None, remarks: tuple[str, ...] = ()) -> None:
        super().__init__(raw, remarks)
        self._steps = steps

    @property
    def names(self) -> list[str]:
        """Of the policies, the baseline first."""
        return [policy["name"] for policy in self.raw["policies"]]

    @property
    def cluster(self) -> str:
        """The machine's name."""
        return str(self.raw["cluster"]["name"])

    @property
    def ranks(self) -> int:
        """Ranks of the expert-parallel group."""
        return int(self.raw["cluster"]["ranks"])

    @property
    def notes(self) -> list[str]:
        """What has to be known to judge the figures."""
        return list(self.raw["notes"])

    @property
    def policies(self) -> pd.DataFrame:
        """A row for each policy by its name, the baseline first; a column for each figure: `time.total`, ….

        A figure that a policy does not have is NaN, and there is no column for one that none has.
        """
        return columns.frame(self.columns("policies"), "name")

    @property
    def per_step(self) -> pd.DataFrame:
        """A row for each step under each policy, or with `by_layer` for each layer of it: what the figure is there."""
        return columns.frame(self.columns("per_step"))

    @property
    def per_layer(self) -> pd.DataFrame:
        """A row for each layer under each policy: `policy`, `layer` (its number in the model), `comm`, `experts`, ….

        Times are summed over steps.
        """
        return columns.frame(self.columns("per_layer"))

    @property
    def rewrites(self) -> pd.DataFrame:
        """A row for each rewrite of the router, in their order: `rewrite`, `visits`, `droppedVisits`, …."""
        return columns.frame(self.columns("rewrites"), "rewrite")

    def columns(self, table: Table) -> Columns:
        """Return one of these tables as arrays of a row's length, by name; needs no pandas.

        `ValueError` for one that the replay was told to leave out.
        """
        if table == "policies":
            policies = self.raw["policies"]
            return columns.of_objects([{key: policy[key] for key in policy if key != "details"} for policy in policies])
        if table == "per_step":
            if self._steps is None:
                raise ValueError("steps were left out: replay with per_step=True")
            return self._steps
        if table == "rewrites":
            if "router" not in self.raw:
                raise ValueError("the router is as it was recorded: give router=…")
            return columns.of_objects(self.raw["router"]["rewrites"])
        if table != "per_layer":
            raise ValueError(f"no table '{table}'; expected policies, per_step, per_layer or rewrites")
        return columns.of_objects(
            [{"policy": policy["name"]} | layer for policy in self._detailed for layer in policy["perLayer"]]
        )

    def rank_tokens(self, policy: str) -> NDArray[np.float64]:
        """(layers, ranks) tokens of each rank under a policy, summed over steps; `KeyError` for one that is none."""
        found = next((entry for entry in self._detailed if entry["name"] == policy), None)
        if found is None:
            raise KeyError(f"{policy}: no such policy; there are {', '.join(self.names)}")
        return np.array([layer["rankTokens"] for layer in found["perLayer"]], dtype=np.float64)

    @property
    def _detailed(self) -> list[Mapping[str, Any]]:
        if "perLayer" not in self.raw["policies"][0]:
            raise ValueError("layers were left out: replay with details=True")
        return list(self.raw["policies"])

    def __repr__(self) -> str:
        """Say what it is of."""
        return f"<ReplayResult: {', '.join(self.names)} on {self.cluster}, {self.ranks} ranks>"


class MachinesResult(Report, Sequence[ReplayResult]):
    """The same policies on several machines: a sequence of their results."""

    raw: list[dict[str, Any]]

    def __init__(self, raw: list[dict[str, Any]], steps: Columns | None, remarks: tuple[str, ...] = ()) -> None:
        super().__init__(raw, remarks)
        self._steps = steps

    @cached_property
    def _machines(self) -> list[ReplayResult]:
        return [ReplayResult(machine, self._steps_of(machine["cluster"])) for machine in self.raw]

    def _steps_of(self, cluster: Mapping[str, Any]) -> Columns | None:
        if self._steps is None:
            return None
        rows = (self._steps["cluster"] == cluster["name"]) & (self._steps["ranks"] == cluster["ranks"])
        return {name: column[rows] for name, column in self._steps.items()}

    @overload
    def __getitem__(self, index: int) -> ReplayResult: ...
    @overload
    def __getitem__(self, index: slice) -> list[ReplayResult]: ...
    def __getitem__(self, index: int | slice) -> ReplayResult | list[ReplayResult]:
        """Return a machine's result, by its place."""
        return self._machines[index]

    def __len__(self) -> int:
        """Return the number of machines."""
        return len(self._machines)

    def __iter__(self) -> Iterator[ReplayResult]:
        """Yield each machine's result."""
        return iter(self._machines)

    @property
    def policies(self) -> pd.DataFrame:
        """A row for each policy on each machine, by `cluster`, `ranks` and `name`."""
        return columns.frame(self.columns("policies"), ["cluster", "ranks", "name"])

    @property
    def per_step(self) -> pd.DataFrame:
        """A row for each step under each policy on each machine."""
        return columns.frame(self.columns("per_step"))

    @property
    def per_layer(self) -> pd.DataFrame:
        """A row for each layer under each policy on each machine."""
        return columns.frame(self.columns("per_layer"))

    def columns(self, table: Table) -> Columns:
        """Return one of these tables as arrays, as a single result does, with `cluster` and `ranks`."""
        if table == "per_step" and self._steps is not None:
            return self._steps
        return columns.joined(
            [{"cluster": machine.cluster, "ranks": machine.ranks} for machine in self],
            [machine.columns(table) for machine in self],
        )

    def __repr__(self) -> str:
        """Say what it is of."""
        return f"<MachinesResult: {', '.join(f'{machine.cluster} x {machine.ranks}' for machine in self)}>"
