"""The Python of docs/recording.md works as it stands, on stand-ins for the servers."""

from __future__ import annotations

import base64
import sys
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from documents import block, execute, python_blocks
from traces.command import run

from expert_replay.trace import TraceHeader, read_trace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

DOCUMENT = "docs/recording.md"
PROMPTS, ANSWERS = (5, 9), (4, 2)


def routed(tokens: int, layers: int, experts: int, top_k: int) -> NDArray[Any]:
    random = np.random.default_rng(tokens)
    return np.argsort(random.random((tokens, layers, experts)), axis=-1)[..., :top_k]


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_every_block_is_executed_by_a_test() -> None:
    words = ["AutoModelForCausalLM", "TraceWriter(", "from vllm", "import sglang", "trace_of_rollouts", "open_trace("]
    assert sorted(python_blocks(DOCUMENT)) == sorted(block(DOCUMENT, word) for word in words)


def test_a_hook_and_what_reads_its_trace(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    execute(block(DOCUMENT, "TraceWriter("))
    execute(block(DOCUMENT, "open_trace("))
    assert capsys.readouterr().out.splitlines()[0] == "shift-1 58 256 8"
    assert "recorded: a hook in the router; from production, node 3" in run("inspect", str(tmp_path / "hook.moetrace"))


def module(monkeypatch: pytest.MonkeyPatch, name: str, **members: object) -> None:
    stand_in = ModuleType(name)
    for member, value in members.items():
        setattr(stand_in, member, value)
    monkeypatch.setitem(sys.modules, name, stand_in)


def checked(wanted: dict[str, object], make: Callable[[], object]) -> Callable[..., object]:
    """Return what makes something, if it is told what the system has to be told."""

    def call(*_: object, **given: object) -> object:
        assert wanted.items() <= given.items()
        return make()

    return call


def test_vllm(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def completion(prompt: int, answer: int) -> SimpleNamespace:
        experts = routed(prompt + answer - 1, 48, 128, 8).astype(np.uint8)
        return SimpleNamespace(routed_experts=experts, token_ids=list(range(answer)))

    outputs = [
        SimpleNamespace(prompt_token_ids=list(range(prompt)), outputs=[completion(prompt, answer)])
        for prompt, answer in zip(PROMPTS, ANSWERS, strict=True)
    ]
    engine = SimpleNamespace(generate=lambda *_: outputs)
    wanted: dict[str, object] = {"enable_return_routed_experts": True}
    module(monkeypatch, "vllm", LLM=checked(wanted, lambda: engine), SamplingParams=lambda **_: None)
    execute(block(DOCUMENT, "from vllm"))
    prefill = read_trace(tmp_path / "vllm-prefill.moetrace")
    assert [step.tokens for step in prefill] == [14]
    decode = read_trace(tmp_path / "vllm-decode.moetrace")
    assert [step.tokens for step in decode] == [2, 1, 1]
    assert decode[2].token_ids is not None
    assert decode[2].token_ids.tolist() == [2]


@pytest.mark.parametrize("dtype", [None, "uint8"])
def test_sglang(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, dtype: str | None) -> None:
    def response(prompt: int, answer: int) -> dict[str, Any]:
        experts = routed(prompt + answer - 1, 61, 256, 8).astype(dtype or np.int32)
        experts[:, :3] = 0
        meta = {"routed_experts": base64.b64encode(experts.tobytes()).decode(), "prompt_tokens": prompt}
        return {"meta_info": meta | ({"routed_experts_dtype": dtype} if dtype else {})}

    responses = [response(prompt, answer) for prompt, answer in zip(PROMPTS, ANSWERS, strict=True)]
    engine = SimpleNamespace(generate=checked({"return_routed_experts": True}, lambda: responses))
    module(monkeypatch, "sglang", Engine=checked({"enable_return_routed_experts": True}, lambda: engine))
    execute(block(DOCUMENT, "import sglang"))
    trace = read_trace(tmp_path / "sglang.moetrace")
    assert list(trace.header.layer_numbers) == list(range(3, 61))
    assert [step.tokens for step in trace] == [2, 1, 1]
    first = trace[0].experts
    assert first is not None
    expected = routed(8, 61, 256, 8)[5, 3:]
    assert first[:, 0].tolist() == expected.tolist()


def test_rollouts(tmp_path: Path) -> None:
    rows = np.zeros((2, 12, 3, 4), np.int32)
    for row, (prompt, answer) in enumerate(zip(PROMPTS, ANSWERS, strict=True)):
        rows[row, : prompt + answer - 1] = routed(prompt + answer - 1, 3, 16, 4)
    tensor = SimpleNamespace(cpu=lambda: SimpleNamespace(numpy=lambda: rows))
    write: Any = execute(block(DOCUMENT, "trace_of_rollouts"))["trace_of_rollouts"]
    path = tmp_path / "r3.moetrace"
    write({"routed_experts": tensor, "prompt_lengths": np.array(PROMPTS)}, path, TraceHeader(3, 16, 4), 8)
    assert [step.tokens for step in read_trace(path)] == [2, 1, 1]
