"""A placement as arrays, and as the file that a serving system loads."""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from expert_replay import columns, plan_files

if TYPE_CHECKING:
    import os

    import pandas as pd
    from numpy.typing import NDArray

    from expert_replay.columns import Columns


class Plan:
    """A placement, made for the system that `to` names: who holds which expert, and how even that is there.

    Slot s of a layer is on rank `s // slots_per_rank`. Arrays are int64, as DeepSeek's EPLB returns them.
    """

    def __init__(self, text: str, to: str, raw: dict[str, Any], remarks: tuple[str, ...] = ()) -> None:
        self.text = text
        """The file that the command wrote."""
        self.to = to
        self.raw = raw
        """The command's JSON; `docs/schema/plan-report.json` describes it."""
        self.remarks = remarks

    @property
    def layers(self) -> list[int]:
        """Numbers of the MoE layers in the model, one for each row."""
        return [layer["layer"] for layer in self.raw["served"]["plans"][0]["perLayer"]]

    @cached_property
    def physical_to_logical(self) -> NDArray[np.int64]:
        """(layers, slots) the expert of each slot; -1 after the last slot of a layer with fewer than others."""
        return _padded(plan_files.rows(self.text, self.to, self.layers))

    @cached_property
    def logical_counts(self) -> NDArray[np.int64]:
        """(layers, experts) slots of each expert, at least 1."""
        slots = self.physical_to_logical
        experts = int(slots.max()) + 1
        return np.stack([np.bincount(row[row >= 0], minlength=experts) for row in slots])

    @cached_property
    def logical_to_physical(self) -> NDArray[np.int64]:
        """(layers, experts, most copies) the slots of each expert, ascending, -1 after the last."""
        counts = self.logical_counts
        table = np.full((*counts.shape, int(counts.max())), -1, dtype=np.int64)
        for layer, row in enumerate(self.physical_to_logical):
            order = np.argsort(row, kind="stable")[np.count_nonzero(row < 0) :]
            first = np.cumsum(counts[layer]) - counts[layer]
            table[layer, row[order], np.arange(len(order)) - first[row[order]]] = order
        return table

    @cached_property
    def shares(self) -> NDArray[np.float64]:
        """(layers, slots) the part of its expert's tokens that each slot is planned to get.

        Equal among an expert's slots but for `to="json"`, the one format that has them.
        """
        if self.to == "json":
            return _padded(json.loads(self.text)["share"], 0.0)
        held = self.physical_to_logical
        return np.take_along_axis(1 / self.logical_counts, held, axis=1)

    @property
    def balancedness(self) -> float:
        """Mean over most loaded rank, mean over steps and layers, as the system serves the plan."""
        return float(self.raw["served"]["plans"][0]["balancedness"])

    @property
    def warning(self) -> str | None:
        """What the command warns of, such as a plan less even than one without replicas."""
        warning: str | None = self.raw["served"].get("warning")
        return warning

    @property
    def compared(self) -> pd.DataFrame:
        """A row for the plan and each that it is compared with: `balancedness`, `movedExperts`, `worst.layer`, …."""
        return columns.frame(self.columns("plans"), "name")

    def columns(self, table: str = "plans") -> Columns:
        """Return the same as arrays by name; needs no pandas."""
        return columns.of_objects(self.raw["served"][table])

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write the file that the system loads, byte by byte as the command did."""
        Path(path).write_text(self.text, encoding="utf-8")

    def __repr__(self) -> str:
        """Say what it is."""
        layers, slots = self.physical_to_logical.shape
        return f"<Plan for {self.to}: {layers} layers of {slots} slots, balancedness {self.balancedness:.3f}>"


def _padded(rows: list[list[Any]], absent: float = -1) -> NDArray[Any]:
    table = np.full((len(rows), max(map(len, rows))), absent, dtype=np.float64 if absent == 0 else np.int64)
    for line, row in zip(table, rows, strict=True):
        line[: len(row)] = row
    return table
