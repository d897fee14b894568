"""The first example of docs/recording.md, on a model that fits here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
import transformers
from documents import block, execute

from expert_replay.trace import read_trace
from record.models import BY_NAME

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


class Batch(dict[str, Any]):
    """What a tokenizer returns."""

    def to(self, _: object) -> Batch:
        return self


def test_the_example(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    ids = torch.tensor([[5, 6, 7, 8], [0, 0, 5, 9]])
    batch = Batch(input_ids=ids, attention_mask=(ids > 0).long())
    tiny = BY_NAME["qwen3-moe"].make()
    monkeypatch.setattr(transformers.AutoTokenizer, "from_pretrained", lambda *_, **__: lambda *_, **__: batch)
    monkeypatch.setattr(transformers.AutoModelForCausalLM, "from_pretrained", lambda *_, **__: tiny)
    monkeypatch.chdir(tmp_path)
    recording: Any = execute(block("docs/recording.md", "AutoModelForCausalLM"))["recording"]
    trace = read_trace(tmp_path / "t.moetrace")
    assert trace.header.model == "qwen3-30b-a3b"
    assert (len(trace), sum(step.tokens for step in trace)) == (recording.steps, recording.tokens)
    assert trace[0].tokens == 6
