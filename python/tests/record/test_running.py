"""Steps, phases and sequences of the ways in which a model is run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
import transformers

from expert_replay.record import record
from expert_replay.trace import Trace, read_trace
from record.models import BY_NAME, VOCABULARY

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def model() -> Any:
    return BY_NAME["qwen3-moe"].make()


def ids(rows: int, length: int, seed: int = 0) -> torch.Tensor:
    return torch.randint(3, VOCABULARY, (rows, length), generator=torch.Generator().manual_seed(seed))


def shape(trace: Trace) -> list[tuple[str | None, list[int]]]:
    """Of each step its phase, and its tokens of each sequence, in the order of their numbers."""
    steps: list[tuple[str | None, list[int]]] = []
    for step in trace:
        assert step.sequences is not None
        numbers, counts = np.unique(step.sequences, return_counts=True)
        steps.append((step.phase, [int(part) for pair in zip(numbers, counts, strict=True) for part in pair]))
    return steps


def generate(model: Any, tokens: torch.Tensor, **settings: Any) -> Any:
    """Generate two tokens without an early end."""
    usual = {"max_new_tokens": 2, "min_new_tokens": 2, "do_sample": False, "attention_mask": torch.ones_like(tokens)}
    return model.generate(tokens, **usual | settings)


def test_several_calls_are_one_recording(model: Any, tmp_path: Path) -> None:
    with record(model, tmp_path / "t.moetrace") as recording:
        generate(model, ids(2, 5))
        model(ids(1, 3))
        assert (recording.steps, recording.tokens) == (3, 15)
        generate(model, ids(1, 4))
    trace = read_trace(tmp_path / "t.moetrace")
    assert shape(trace) == [
        ("prefill", [0, 5, 1, 5]),
        ("decode", [0, 1, 1, 1]),
        ("prefill", [2, 3]),
        ("prefill", [3, 4]),
        ("decode", [3, 1]),
    ]
    assert [step.index for step in trace] == [0, 1, 2, 3, 4]
    assert trace.header.name == "t"
    assert trace.header.provenance is not None
    assert trace.header.provenance.origin == "recorded"


@pytest.mark.parametrize("argument", ["cache", "past_key_values"])
def test_a_loop_of_ones_own_goes_on_from_its_cache(model: Any, argument: str, tmp_path: Path) -> None:
    with record(model, tmp_path / "t.moetrace"):
        first, second = model(ids(2, 5)).cache, model(ids(1, 4)).cache
        for cache, rows in ((first, 2), (second, 1), (first, 2)):
            model(ids(rows, 1), **{argument: cache})
        # A second turn of the same conversation.
        model(ids(1, 3), **{argument: second})
    assert shape(read_trace(tmp_path / "t.moetrace")) == [
        ("prefill", [0, 5, 1, 5]),
        ("prefill", [2, 4]),
        ("decode", [0, 1, 1, 1]),
        ("decode", [2, 1]),
        ("decode", [0, 1, 1, 1]),
        ("prefill", [2, 3]),
    ]


def test_generate_goes_on_from_a_cache(model: Any, tmp_path: Path) -> None:
    with record(model, tmp_path / "t.moetrace"):
        first = generate(model, ids(1, 4), return_dict_in_generate=True)
        cache = getattr(first, "cache", None) or first.past_key_values
        longer = torch.cat([first.sequences, ids(1, 3)], dim=1)
        generate(model, longer, cache=cache)
    assert shape(read_trace(tmp_path / "t.moetrace")) == [
        ("prefill", [0, 4]),
        ("decode", [0, 1]),
        # The last token of the answer, and three more.
        ("prefill", [0, 4]),
        ("decode", [0, 1]),
    ]


def test_new_tokens_alone_are_a_prompt(model: Any, tmp_path: Path) -> None:
    with record(model, tmp_path / "t.moetrace"):
        cache = model(ids(1, 6)).cache
        # An end of sequence within a prompt ends nothing.
        turn = torch.tensor([[7, 2, 9]])
        generate(model, turn, cache=cache, attention_mask=torch.ones(1, 9, dtype=torch.long))
    assert shape(read_trace(tmp_path / "t.moetrace")) == [("prefill", [0, 6]), ("prefill", [0, 3]), ("decode", [0, 1])]


def test_a_static_cache_and_padding(model: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = []
    prepare = type(model)._prepare_generation_config

    def spy(*args: Any, **kwargs: Any) -> Any:
        given.append(kwargs.get("disable_compile"))
        return prepare(*args, **kwargs)

    monkeypatch.setattr(type(model), "_prepare_generation_config", spy)
    mask = torch.tensor([[0, 0, 1, 1], [1, 1, 1, 1]])
    with record(model, tmp_path / "t.moetrace"):
        generate(model, ids(2, 4), cache_implementation="static", attention_mask=mask)
    assert shape(read_trace(tmp_path / "t.moetrace")) == [("prefill", [0, 2, 1, 4]), ("decode", [0, 1, 1, 1])]
    assert given == [True]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"num_return_sequences": 2, "do_sample": True}, [("prefill", [0, 4, 1, 4]), ("decode", [0, 1, 1, 1])]),
        ({"cache_implementation": "static"}, [("prefill", [0, 4]), ("decode", [0, 1])]),
        ({"prefill_chunk_size": 3}, [("prefill", [0, 3]), ("prefill", [0, 1]), ("decode", [0, 1])]),
        ({"use_cache": False}, [("prefill", [0, 4]), ("prefill", [0, 5])]),
    ],
    ids=lambda settings: next(iter(settings)) if isinstance(settings, dict) else "",
)
def test_settings_of_generate(
    model: Any,
    settings: dict[str, Any],
    expected: list[Any],
    tmp_path: Path,
) -> None:
    with record(model, tmp_path / "t.moetrace"):
        generate(model, ids(1, 4), **settings)
    assert shape(read_trace(tmp_path / "t.moetrace")) == expected


def test_drafted_tokens_are_decoded(model: Any, tmp_path: Path) -> None:
    prompt = ids(1, 4).repeat(1, 4)
    with record(model, tmp_path / "t.moetrace") as recording:
        model.generate(prompt, prompt_lookup_num_tokens=3, max_new_tokens=6, min_new_tokens=6, do_sample=False)
    trace = read_trace(tmp_path / "t.moetrace")
    assert trace[0].phase == "prefill"
    assert {step.phase for step in trace.steps[1:]} == {"decode"}
    assert max(step.tokens for step in trace.steps[1:]) > 1
    assert recording.steps < 7


def test_a_row_that_ended_is_no_token(model: Any, tmp_path: Path) -> None:
    tokens = ids(3, 4)
    first = generate(model, tokens, max_new_tokens=1, min_new_tokens=1)[:, -1].tolist()
    # The row whose first token ends it was there for the prefill alone.
    with record(model, tmp_path / "t.moetrace"):
        generate(model, tokens, max_new_tokens=3, min_new_tokens=0, eos_token_id=[first[1]], pad_token_id=0)
    steps = shape(read_trace(tmp_path / "t.moetrace"))
    rows = [row for row in range(3) if first[row] != first[1]]
    assert steps[0] == ("prefill", [0, 4, 1, 4, 2, 4])
    assert steps[1] == ("decode", [part for row in rows for part in (row, 1)])


def test_a_row_that_a_rule_of_ones_own_ended(model: Any, tmp_path: Path) -> None:
    def first_row(tokens: torch.Tensor, *_: object) -> torch.Tensor:
        return torch.arange(len(tokens)) == 0

    rules = transformers.StoppingCriteriaList([first_row])
    with record(model, tmp_path / "t.moetrace"):
        generate(model, ids(2, 4), max_new_tokens=3, min_new_tokens=3, stopping_criteria=rules, pad_token_id=0)
    steps = shape(read_trace(tmp_path / "t.moetrace"))
    # Its first token was chosen before the rule was asked; padding follows.
    assert steps == [("prefill", [0, 4, 1, 4]), ("decode", [0, 1, 1, 1]), ("decode", [1, 1])]


def test_embeddings_have_no_token_ids(model: Any, tmp_path: Path) -> None:
    with record(model, tmp_path / "t.moetrace"):
        model(inputs_embeds=model.get_input_embeddings()(ids(2, 3)))
        model(ids(2, 3))
    first, second = read_trace(tmp_path / "t.moetrace")
    assert first.token_ids is None
    assert second.token_ids is not None
    assert first.experts is not None
    assert second.experts is not None
    assert first.experts.tolist() == second.experts.tolist()


def test_what_is_not_wanted_is_left_out(model: Any, tmp_path: Path) -> None:
    wanted = {"name": "mine", "model_name": "qwen3-30b-a3b"}
    with record(model, tmp_path / "t.jsonl.gz", weights=False, token_ids=False, **wanted):
        model(ids(2, 3))
    trace = read_trace(tmp_path / "t.jsonl.gz")
    assert (trace.header.name, trace.header.model) == ("mine", "qwen3-30b-a3b")
    assert (trace[0].weights, trace[0].token_ids) == (None, None)


def test_half_precision_and_positional_arguments(tmp_path: Path) -> None:
    model = BY_NAME["mixtral"].make().to(torch.bfloat16)
    mask = torch.tensor([[0, 0, 1], [1, 1, 1]])
    with record(model, tmp_path / "t.moetrace"):
        model(ids(2, 3), mask)
    (step,) = read_trace(tmp_path / "t.moetrace")
    assert step.tokens == 4
    assert step.weights is not None
    assert np.allclose(step.weights.sum(axis=-1), 1, atol=0.01)


def test_the_model_is_left_as_it_was(model: Any, tmp_path: Path) -> None:
    before = model(ids(2, 3)).logits
    with record(model, tmp_path / "t.moetrace"), record(model, tmp_path / "u.moetrace"):
        assert torch.equal(model(ids(2, 3)).logits, before)
        generate(model, ids(1, 2))
    assert read_trace(tmp_path / "t.moetrace").steps == read_trace(tmp_path / "u.moetrace").steps
    assert not [name for name in vars(model) if name.startswith(("generate", "init_cont", "continuous"))]
    assert not [module for module in model.modules() if module._forward_hooks or module._forward_pre_hooks]
