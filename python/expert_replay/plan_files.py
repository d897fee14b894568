"""The experts of every slot in a plan's file, whichever system the file is for."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Rows = list[list[int]]
    """[layers][slots] experts."""


def _of_json(text: str, _layers: Sequence[int]) -> Rows:
    rows: Rows = json.loads(text)["physicalToLogical"]
    return rows


def _of_deepseek(text: str, _layers: Sequence[int]) -> Rows:
    rows: Rows = json.loads(text)["phy2log"]
    return rows


def _of_sglang(text: str, layers: Sequence[int]) -> Rows:
    # A row for each hidden layer, dense ones included.
    rows: Rows = json.loads(text)["physical_to_logical_map"]
    return [rows[layer] for layer in layers]


def _of_tensorrt(text: str, layers: Sequence[int]) -> Rows:
    # YAML as the command writes it: `  3: [0, 5, 2]`.
    rows = {int(number): json.loads(row) for number, row in re.findall(r"^ +(\d+): (\[.*\])$", text, re.M)}
    return [rows[layer] for layer in layers]


def _of_ascend(text: str, _layers: Sequence[int]) -> Rows:
    return [_devices(layer) for layer in sorted(json.loads(text)["layer_list"], key=lambda layer: layer["layer_id"])]


def _devices(layer: dict[str, Any]) -> list[int]:
    devices = sorted(layer["device_list"], key=lambda device: device["device_id"])
    return [expert for device in devices for expert in device["device_expert"]]


_READERS: dict[str, Callable[[str, Sequence[int]], Rows]] = {
    "deepseek-eplb": _of_deepseek,
    "json": _of_json,
    "sglang": _of_sglang,
    "tensorrt-llm": _of_tensorrt,
    "vllm-ascend": _of_ascend,
}


def rows(text: str, to: str, layers: Sequence[int]) -> Rows:
    """[layers][slots] experts of a file that the command wrote.

    Args:
        text: of the file.
        to: the format, as `--to` has it.
        layers: numbers of the MoE layers in the model.

    """
    return _READERS[to](text, layers)
