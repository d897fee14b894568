"""What cannot be recorded is refused in a line, and leaves no file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch
import transformers

from expert_replay.record import RecordError, record
from expert_replay.trace import read_trace
from record.models import BY_NAME, COMMON, VOCABULARY

if TYPE_CHECKING:
    from pathlib import Path

IDS = torch.randint(3, VOCABULARY, (2, 4), generator=torch.Generator().manual_seed(0))


@pytest.fixture
def model() -> Any:
    return BY_NAME["mixtral"].make()


def hooks(model: Any) -> list[Any]:
    return [module for module in model.modules() if module._forward_hooks or module._forward_pre_hooks]


def test_a_dense_model(tmp_path: Path) -> None:
    dense = transformers.LlamaForCausalLM(transformers.LlamaConfig(**COMMON))
    with pytest.raises(RecordError, match=r"LlamaForCausalLM has no router, it may be dense: looked for .*gate"):
        record(dense, tmp_path / "t.moetrace")


def test_routers_that_cannot_be_found_are_named_with_what_was_looked_for(model: Any, tmp_path: Path) -> None:
    with pytest.raises(RecordError) as caught:
        record(model, tmp_path / "t.moetrace", routers="*.mlp.chooser")
    line = str(caught.value)
    for words in ("top_k_index", "gate, router, gating, wg", "…Router", "among those that match '*.mlp.chooser'"):
        assert words in line
    with pytest.raises(RecordError, match=r"not taken: embedder\.gate \(Linear\)"):
        record(Gated(), tmp_path / "t.moetrace")


class Gated(torch.nn.Module):
    """A gate of one output is no router."""

    def __init__(self) -> None:
        super().__init__()
        self.embedder = torch.nn.ModuleDict({"gate": torch.nn.Linear(4, 1)})


def test_two_routers_in_a_layer(tmp_path: Path) -> None:
    jet = BY_NAME["jetmoe"].make()
    with pytest.raises(RecordError, match=r"layer 0 has two routers, .*router and .*: say which by routers="):
        record(jet, tmp_path / "t.moetrace")


def test_beams(model: Any, tmp_path: Path) -> None:
    for settings in ({"num_beams": 2}, {"generation_config": transformers.GenerationConfig(num_beams=3)}):
        with pytest.raises(RecordError, match="beams swap rows"), record(model, tmp_path / "t.moetrace"):
            model.generate(IDS, max_new_tokens=2, **settings)
    assert list(tmp_path.iterdir()) == []


def test_continuous_batching(model: Any, tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="generate_batch packs sequences"), record(model, tmp_path / "t.moetrace"):
        model.generate_batch([[3, 4]])


def test_generate_that_died_leaves_no_file_and_no_hook(model: Any, tmp_path: Path) -> None:
    calls = 0

    def die(*_: object) -> None:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise KeyboardInterrupt

    model.lm_head.register_forward_hook(die)
    with pytest.raises(KeyboardInterrupt), record(model, tmp_path / "t.moetrace") as recording:
        model.generate(IDS, max_new_tokens=9, min_new_tokens=9)
    assert recording.steps == 2
    assert list(tmp_path.iterdir()) == []
    assert hooks(model) == [model.lm_head]
    assert "generate" not in vars(model)


def test_a_pass_that_died_and_was_caught_is_left_out(model: Any, tmp_path: Path) -> None:
    hook = model.model.layers[1].register_forward_hook(lambda *_: 1 / 0)
    with record(model, tmp_path / "t.moetrace"):
        with pytest.raises(ZeroDivisionError):
            model(IDS)
        hook.remove()
        model(IDS)
    assert [step.tokens for step in read_trace(tmp_path / "t.moetrace")] == [8]


def test_a_hook_that_failed_is_not_forgotten(model: Any, tmp_path: Path) -> None:
    with (  # noqa: PT012
        pytest.raises(RecordError, match=r"recording ended at step 1: .*called outside of MixtralForCausalLM"),
        record(model, tmp_path / "t.moetrace"),
    ):
        model(IDS)
        with pytest.raises(RecordError):
            model.model(IDS)
        with pytest.raises(RecordError, match="recording ended at step 1"):
            model(IDS)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk(model: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from expert_replay.trace.whole_file import WholeFile

    def full(_: object, __: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(WholeFile, "write", full)
    with pytest.raises(OSError, match="No space left"), record(model, tmp_path / "t.moetrace"):
        model(IDS)
    assert list(tmp_path.iterdir()) == []


def test_a_kernel_that_replaces_the_experts(model: Any, tmp_path: Path) -> None:
    model.model.layers[1].mlp.forward = lambda hidden: hidden
    with (
        pytest.raises(RecordError, match=r"layers\.1\.mlp\.experts was not called in this pass.*use_kernels=False"),
        record(model, tmp_path / "t.moetrace"),
    ):
        model(IDS)


def test_a_layer_that_is_called_twice(model: Any, tmp_path: Path) -> None:
    block = model.model.layers[1].mlp
    forward = block.forward
    block.forward = lambda hidden: forward(forward(hidden))
    with pytest.raises(RecordError, match="called twice in one pass"), record(model, tmp_path / "t.moetrace"):
        model(IDS)


def test_layers_that_differ(model: Any, tmp_path: Path) -> None:
    model.model.layers[2].mlp.experts.num_experts = 4
    with pytest.raises(RecordError, match=r"has experts 8, .*layers\.2.* 4: a trace has the same in every layer"):
        record(model, tmp_path / "t.moetrace")


def test_masks_and_rows_that_do_not_tell_tokens(model: Any, tmp_path: Path) -> None:
    mask = torch.ones(2, 1, 4, 4, dtype=torch.bool).tril()
    with pytest.raises(RecordError, match="attention_mask: padding"), record(model, tmp_path / "t.moetrace"):
        model(IDS, attention_mask=mask)
    lengths = torch.tensor([0, 2, 4], dtype=torch.int32)
    with pytest.raises(RecordError, match="cu_seq_lens_q: sequences packed"), record(model, tmp_path / "t.moetrace"):
        model(IDS[:1], cu_seq_lens_q=lengths)


def test_a_model_that_was_not_called(model: Any, tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="the model was not called"), record(model, tmp_path / "t.moetrace"):
        pass


def test_a_folder_that_is_missing_is_known_before_the_model_runs(model: Any, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no such folder"):
        record(model, tmp_path / "none/t.moetrace")


def test_models_that_cannot_be_recorded(model: Any, tmp_path: Path) -> None:
    with pytest.raises(RecordError, match=r"record the model that torch\.compile was given"):
        record(torch.compile(model), tmp_path / "t.moetrace")
    switch = transformers.SwitchTransformersConfig(d_model=16, d_ff=16, num_layers=2, num_heads=2, d_kv=8, vocab_size=9)
    with pytest.raises(RecordError, match="an encoder and a decoder"):
        record(transformers.SwitchTransformersForConditionalGeneration(switch), tmp_path / "t.moetrace")
    model._tp_size = 4
    with pytest.raises(RecordError, match="split over 4 ranks"):
        record(model, tmp_path / "t.moetrace")
    with pytest.raises(RecordError, match="str is no torch module"):
        record("mixtral", tmp_path / "t.moetrace")
