"""Requests become the steps that `convert --batch` makes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from traces.command import run

from expert_replay.trace import Request, TraceError, TraceHeader, decode_steps, prefill_steps, read_trace, write_trace

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

LAYERS, EXPERTS, TOP_K = 3, 16, 4


@pytest.fixture
def arrays() -> list[NDArray[Any]]:
    random = np.random.default_rng(7)
    lengths = [9, 1, 5, 30, 2, 12, 4]
    return [
        np.argsort(random.random((length, LAYERS, EXPERTS)), axis=-1)[..., :TOP_K].astype(np.int32)
        for length in lengths
    ]


@pytest.mark.parametrize(
    ("words", "skip"),
    [
        (["prefill", "--tokens-per-step", "8"], 0),
        (["prefill", "--tokens-per-step", "100"], 0),
        (["decode", "--sequences", "3"], 0),
        (["decode", "--sequences", "3", "--skip", "4"], 4),
        (["decode", "--sequences", "9"], 0),
    ],
    ids=lambda words: "-".join(words).replace("--", "") if isinstance(words, list) else "",
)
def test_batches_are_the_commands(arrays: list[NDArray[Any]], words: list[str], skip: int, tmp_path: Path) -> None:
    # A token that was computed elsewhere.
    arrays[3][2] = 0
    arrays[5][0] = -1
    np.savez(tmp_path / "requests.npz", *arrays)
    command = ["convert", str(tmp_path / "requests.npz"), "--from", "routed-experts", "--experts", str(EXPERTS)]
    run(*command, "--batch", *words, "-o", str(tmp_path / "b.moetrace"))
    # The command leaves out what was not recorded before it counts what to skip.
    kept = [array[~((array == 0) | (array == -1)).all(axis=(1, 2))] for array in arrays]
    count = int(words[2])
    requests = [Request(array if skip == 0 else rest, prompt=skip) for array, rest in zip(arrays, kept, strict=True)]
    steps = prefill_steps(requests, count) if words[0] == "prefill" else decode_steps(requests, count)
    expected = read_trace(tmp_path / "b.moetrace")
    write_trace(tmp_path / "a.moetrace", TraceHeader(LAYERS, EXPERTS, TOP_K), steps)
    assert read_trace(tmp_path / "a.moetrace").steps == expected.steps


def test_prompts_are_prefilled_and_answers_decoded(arrays: list[NDArray[Any]]) -> None:
    # The last token of a sequence has an id and no row.
    requests = [Request(array, prompt=1, token_ids=np.arange(len(array) + 1) + 50) for array in arrays]
    (prefill,) = prefill_steps(requests, 100)
    assert prefill.phase == "prefill"
    assert prefill.token_ids is not None
    assert prefill.token_ids.tolist() == [50] * 7
    first, *_ = decode_steps(requests, 2)
    assert first.phase == "decode"
    assert first.sequences is not None
    # The second request has no answer.
    assert first.sequences.tolist() == [0, 2]
    assert first.token_ids is not None
    assert first.token_ids.tolist() == [51, 51]


def test_what_is_no_request(arrays: list[NDArray[Any]]) -> None:
    with pytest.raises(TraceError, match=r"request 1: experts of shape \(1, 12\), expected \(tokens, layers, top_k\)"):
        list(prefill_steps([Request(arrays[0]), Request(arrays[1].reshape(1, -1))], 8))
    with pytest.raises(TraceError, match="request 0: 8 token ids for 9 tokens"):
        list(prefill_steps([Request(arrays[0], token_ids=np.arange(8))], 8))
