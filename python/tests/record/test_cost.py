"""What recording costs: the processor's time in the recorder's own functions, beside that of the model."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
import torch
import transformers

from expert_replay.record import Recording, record
from expert_replay.trace import native_frame, read_trace
from expert_replay.trace.gzip_members import deflate
from record.models import COMMON, VOCABULARY

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LAYERS, TOP_K, TURNS = 8, 8, 9


@pytest.fixture(scope="module")
def model() -> Any:
    """Return 8 layers of 64 experts, top-8: the shape of a small model, with tiny experts that hide little."""
    settings = {
        "num_hidden_layers": LAYERS,
        "num_experts": 64,
        "num_experts_per_tok": TOP_K,
        "moe_intermediate_size": 32,
        "hidden_size": 128,
        "norm_topk_prob": True,
    }
    torch.manual_seed(0)
    return transformers.Qwen3MoeForCausalLM(transformers.Qwen3MoeConfig(**COMMON | settings)).eval()


class Own:
    """The time that a thread of the processor spends in the recorder's own functions, other programs' left out."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seconds = 0.0
        for name in ("_begin", "_take", "_end"):
            monkeypatch.setattr(Recording, name, self.timed(getattr(Recording, name)))

    def timed(self, function: Callable[..., object]) -> Callable[..., object]:
        def wrapped(*args: object) -> object:
            start = time.thread_time()
            try:
                return function(*args)
            finally:
                self.seconds += time.thread_time() - start

        return wrapped


def measure(
    model: Any, path: Path, body: Callable[[], object], own: Own, *, weights: bool
) -> tuple[float, float, float]:
    """Return the seconds of a body, of recording it, and of compressing what it recorded, each the least of all."""
    torch.set_num_threads(1)
    whole, recording, compressing = [], [], []
    with torch.no_grad():
        for _ in range(TURNS):
            with record(model, path, weights=weights):
                # The first pass begins the file.
                body()
                own.seconds, start = 0.0, time.thread_time()
                body()
                whole.append(time.thread_time() - start - own.seconds)
                recording.append(own.seconds)
            member = read_trace(path)
            frame = native_frame.encode(member[1], member.header)
            start = time.thread_time()
            deflate(frame, 0, 1)
            compressing.append(time.thread_time() - start)
    return min(whole), min(recording), min(compressing)


@pytest.mark.parametrize("weights", [True, False], ids=["weights", "no-weights"])
@pytest.mark.parametrize(("phase", "rows", "length"), [("prefill", 4, 64), ("decode", 32, 1)])
def test_what_recording_costs(
    model: Any,
    phase: str,
    rows: int,
    length: int,
    weights: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ids = torch.randint(3, VOCABULARY, (rows, length))
    with torch.no_grad():
        cache = model(torch.randint(3, VOCABULARY, (rows, 64))).cache

    def body() -> None:
        if phase == "prefill":
            model(ids)
        else:
            model(ids, cache=cache)
            cache.crop(-1)

    own = Own(monkeypatch)
    whole, recording, compressing = measure(model, tmp_path / "t.moetrace", body, own, weights=weights)
    visits = rows * length * LAYERS
    print(
        f"\n{phase} of {rows * length} tokens, {LAYERS} layers, top-{TOP_K}, "
        f"{'with' if weights else 'without'} weights: "
        f"a pass {1e3 * whole:.1f} ms, recording {1e3 * recording:.2f} ms ({recording / whole:.1%}), "
        f"{1e6 * recording / visits:.2f} us per token and layer; "
        f"compressing on another thread {1e6 * compressing / visits:.2f} us"
    )
    assert recording < whole
