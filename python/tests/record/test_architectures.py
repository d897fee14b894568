"""Visits are those that the logits of each model's routers lead to, whatever the batch, the padding and the cache."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from traces.command import run

from expert_replay.record import record
from expert_replay.trace import Trace, read_trace
from record.models import ARCHITECTURES, BY_NAME, VOCABULARY, Architecture
from record.watching import watch

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

END, PAD = 2, 0
NEW = 6


def recorded(model: Any, path: Path, architecture: Architecture) -> Any:
    # JetMoE routes attention heads, too.
    return record(model, path, routers="*.mlp.router" if architecture.name == "jetmoe" else None)


def prompts(padding: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Three prompts of 9, 5 and 1 tokens."""
    ids = torch.randint(3, VOCABULARY, (3, 9), generator=torch.Generator().manual_seed(1))
    mask = torch.ones_like(ids)
    for row, length in enumerate((9, 5, 1)):
        if padding == "left":
            mask[row, : 9 - length] = 0
        elif padding == "right":
            mask[row, length:] = 0
    return torch.where(mask == 1, ids, PAD), mask


def expected_places(
    sequences: NDArray[Any], mask: NDArray[Any], prompt: int, *, cached: bool
) -> list[list[tuple[int, int, int]]]:
    """Of each pass of a generation: row, column in the pass and column in the sequence of each token that counts."""
    passes = []
    for number in range(sequences.shape[1] - prompt):
        end = prompt + number
        start = 0 if number == 0 or not cached else end - 1
        ended = [END in row[prompt:end] for row in sequences.tolist()]
        passes.append(
            [
                (row, column - start, column)
                for row in range(len(sequences))
                for column in range(start, end)
                if not ended[row] and (column >= prompt or mask[row, column])
            ]
        )
    return [places for places in passes if places]


def check(trace: Trace, visits: list[NDArray[Any]], places: list[list[tuple[int, int, int]]], rows: int) -> None:
    """Whether steps hold the visits of these places, and nothing else."""
    assert len(trace) == len(places) == len(visits)
    for step, chosen, tokens in zip(trace, visits, places, strict=True):
        layers, count, top_k = chosen.shape
        of_place = chosen.reshape(layers, rows, count // rows, top_k)
        expected = np.stack([of_place[:, row, column] for row, column, _ in tokens], axis=1)
        assert step.experts is not None
        assert np.sort(step.experts, axis=-1).tolist() == expected.tolist()


@pytest.mark.parametrize("padding", ["none", "left", "right"])
@pytest.mark.parametrize("architecture", ARCHITECTURES, ids=lambda architecture: architecture.name)
def test_a_forward_pass(architecture: Architecture, padding: str, tmp_path: Path) -> None:
    model = architecture.make()
    ids, mask = prompts(padding)
    with watch(model, architecture) as watched, recorded(model, tmp_path / "t.moetrace", architecture):
        model(input_ids=ids, attention_mask=mask)
    trace = read_trace(tmp_path / "t.moetrace")
    assert trace.experts_per_layer == architecture.experts
    assert trace.top_k == architecture.top_k
    assert list(trace.header.layer_numbers) == architecture.layers
    places = [[(row, column, column) for row, column in zip(*np.nonzero(mask.numpy()), strict=True)]]
    check(trace, watched.visits(), places, rows=3)
    (step,) = trace
    assert step.phase == "prefill"
    assert step.token_ids is not None
    assert step.token_ids.tolist() == ids[mask == 1].tolist()
    assert step.sequences is not None
    assert step.sequences.tolist() == [row for row, _, _ in places[0]]


@pytest.mark.parametrize("cached", [True, False], ids=["cache", "no-cache"])
@pytest.mark.parametrize("padding", ["none", "left", "right"])
@pytest.mark.parametrize("architecture", ARCHITECTURES, ids=lambda architecture: architecture.name)
def test_generate(architecture: Architecture, padding: str, cached: bool, tmp_path: Path) -> None:
    model = architecture.make()
    ids, mask = prompts(padding)
    with watch(model, architecture) as watched, recorded(model, tmp_path / "t.moetrace", architecture):
        sequences = model.generate(
            input_ids=ids, attention_mask=mask, max_new_tokens=NEW, do_sample=False, use_cache=cached
        ).numpy()
    trace = read_trace(tmp_path / "t.moetrace")
    places = expected_places(sequences, mask.numpy(), ids.shape[1], cached=cached)
    check(trace, watched.visits(), places, rows=3)
    for number, (step, tokens) in enumerate(zip(trace, places, strict=True)):
        assert step.index == number
        assert step.phase == ("decode" if cached and number > 0 else "prefill")
        assert step.token_ids is not None
        assert step.token_ids.tolist() == [sequences[row, column] for row, _, column in tokens]
        assert step.sequences is not None
        assert step.sequences.tolist() == [row for row, _, _ in tokens]


@pytest.mark.parametrize(
    "name", ["mixtral", "qwen2-moe", "qwen3-moe", "gpt-oss", "olmoe", "phimoe", "granitemoe", "minimax"]
)
def test_visits_are_those_of_output_router_logits(name: str, tmp_path: Path) -> None:
    architecture = BY_NAME[name]
    model = architecture.make()
    ids, _ = prompts("none")
    with record(model, tmp_path / "t.moetrace"):
        outputs = model(input_ids=ids, output_router_logits=True)
    (step,) = read_trace(tmp_path / "t.moetrace")
    top_k = architecture.top_k
    expected = [architecture.rule(logits.detach().numpy(), None, top_k) for logits in outputs.router_logits]
    assert step.experts is not None
    assert np.sort(step.experts, axis=-1).tolist() == np.stack(expected).tolist()


@pytest.mark.parametrize("architecture", ARCHITECTURES, ids=lambda architecture: architecture.name)
def test_order_and_weights_are_the_routers(architecture: Architecture, tmp_path: Path) -> None:
    model = architecture.make()
    ids, _ = prompts("none")
    with watch(model, architecture) as watched, recorded(model, tmp_path / "t.moetrace", architecture):
        model(input_ids=ids)
    (step,) = read_trace(tmp_path / "t.moetrace")
    if architecture.name == "jetmoe":
        assert step.weights is None
        return
    assert step.experts is not None
    assert step.weights is not None
    for layer, (logits, _, output) in enumerate(watched.calls):
        if isinstance(output, tuple) and len(output) == 3:
            _, weights, index = output
            assert step.experts[layer].tolist() == index.tolist()
            assert step.weights[layer].tolist() == weights.float().tolist()
        elif architecture.name == "llama4":
            chosen = np.take_along_axis(logits, step.experts[layer].astype(int), axis=1)
            assert np.allclose(step.weights[layer], 1 / (1 + np.exp(-chosen)), rtol=1e-6)
        else:
            probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
            chosen = np.take_along_axis(probabilities, step.experts[layer].astype(int), axis=1)
            norm = chosen.sum(axis=1, keepdims=True)
            assert np.allclose(step.weights[layer], chosen / norm, rtol=1e-5)


def test_llama_4s_experts_receive_the_tokens_that_were_recorded(tmp_path: Path) -> None:
    architecture = BY_NAME["llama4"]
    model = architecture.make()
    received = []

    def take(_: object, args: tuple[torch.Tensor]) -> None:
        # All tokens for the first expert, then for the second, those of others multiplied by 0.
        received.append((args[0].reshape(architecture.experts, 27, -1) != 0).any(dim=-1).T.numpy())

    for layer in model.model.layers:
        layer.feed_forward.experts.register_forward_pre_hook(take)
    with record(model, tmp_path / "t.moetrace"):
        model(input_ids=prompts("none")[0])
    (step,) = read_trace(tmp_path / "t.moetrace")
    assert step.experts is not None
    visited = np.zeros((3, 27, 8), bool)
    np.put_along_axis(visited, step.experts.astype(int), True, axis=-1)
    assert visited.tolist() == np.stack(received).tolist()


@pytest.mark.parametrize("architecture", ARCHITECTURES, ids=lambda architecture: architecture.name)
def test_the_trace_replays_and_screens(architecture: Architecture, tmp_path: Path) -> None:
    model = architecture.make()
    ids, mask = prompts("left")
    path = tmp_path / "t.moetrace"
    with recorded(model, path, architecture) as recording:
        for _ in range(5):
            model.generate(input_ids=ids, attention_mask=mask, min_new_tokens=NEW, max_new_tokens=NEW, do_sample=False)
    model_file = tmp_path / "tiny.yaml"
    model_file.write_text(
        f"name: tiny\nlayers: 3\nmoeLayers: {len(architecture.layers)}\nexperts: {architecture.experts}\n"
        f"topK: {architecture.top_k}\nhidden: 32\nexpertIntermediate: 16\nweights: bf16\n"
        "dispatch: {dtype: bf16}\ncombine: {dtype: bf16}\n"
    )
    words = [str(path), "--cluster", "h100-cx7", "--ranks", "4", "--model", str(model_file)]
    replayed = json.loads(run("replay", *words, "--policy", "eplb", "--format", "json"))
    assert (replayed["trace"]["steps"], replayed["trace"]["tokens"]) == (recording.steps, recording.tokens)
    assert recording.steps == 5 * NEW
    verdict = run("screen", *words).splitlines()[1]
    assert verdict.startswith("Verdict")
    assert "too short" not in verdict
