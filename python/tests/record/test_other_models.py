"""Routers of models with code of their own: logits alone, ids alone, shared experts fused into the routed."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from torch import nn

from expert_replay.record import RecordError, record
from expert_replay.trace import read_trace

if TYPE_CHECKING:
    from pathlib import Path

HIDDEN, EXPERTS, TOP_K = 8, 6, 2
IDS = torch.arange(10).reshape(2, 5)


class LinearGate(nn.Module):
    """A block as Transformers had them before version 5: the gate is a linear layer, the block chooses."""

    def __init__(self) -> None:
        super().__init__()
        self.top_k = TOP_K
        self.gate = nn.Linear(HIDDEN, EXPERTS, bias=False)
        self.experts = nn.ModuleList(nn.Linear(HIDDEN, HIDDEN) for _ in range(EXPERTS))

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        flat = hidden.reshape(-1, HIDDEN)
        weights, chosen = self.gate(flat).softmax(-1).topk(self.top_k)
        self.chosen = chosen
        outputs = torch.stack([expert(flat) for expert in self.experts], 1)
        picked = outputs.gather(1, chosen[..., None].expand(-1, -1, HIDDEN))
        return (weights[..., None] * picked).sum(1).reshape(hidden.shape)


class BiasedGate(LinearGate):
    """Its logits do not say what it chooses."""

    def __init__(self) -> None:
        super().__init__()
        self.e_score_correction_bias = nn.Parameter(torch.randn(EXPERTS))


class MoEGate(nn.Module):
    """As in DeepSeek's own code: ids, weights and a loss."""

    def __init__(self) -> None:
        super().__init__()
        self.top_k, self.n_routed_experts = TOP_K, EXPERTS
        self.weight = nn.Parameter(torch.randn(EXPERTS, HIDDEN))

    def forward(self, hidden: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, None]:
        weights, chosen = (hidden.reshape(-1, HIDDEN) @ self.weight.T).sigmoid().topk(self.top_k)
        self.chosen = chosen
        return chosen, weights, None


class OwnBlock(nn.Module):
    """A block around it."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = MoEGate()

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        chosen, weights, _ = self.gate(hidden)
        return hidden * weights.sum(-1).reshape(*hidden.shape[:-1], 1) + chosen.sum() * 0


class FusedExperts(nn.Module):
    """Experts of which the last is shared: every token's last choice."""

    def __init__(self) -> None:
        super().__init__()
        self.num_experts = EXPERTS + 1

    def forward(self, hidden_states: torch.Tensor, top_k_index: torch.Tensor, top_k_weights: torch.Tensor) -> Any:
        return hidden_states * (top_k_index * top_k_weights).sum(-1, keepdim=True)


class FusedBlock(nn.Module):
    """A block around them."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = MoEGate()
        self.experts = FusedExperts()

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        chosen, weights, _ = self.gate(hidden)
        index = torch.cat([chosen, torch.full_like(chosen[:, :1], EXPERTS)], dim=1)
        output = self.experts(hidden.reshape(-1, HIDDEN), index, torch.cat([weights, weights[:, :1] * 0 + 0.5], dim=1))
        return torch.as_tensor(output).reshape(hidden.shape)


class DenseWeights(FusedBlock):
    """Experts that are handed a score of each expert, as gpt-oss did in Transformers 4."""

    def __init__(self) -> None:
        super().__init__()
        self.experts.num_experts = EXPERTS

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        index, weights, _ = self.gate(hidden)
        scores = torch.zeros(len(index), EXPERTS).scatter_(1, index, weights)
        self.handed = weights
        output = FusedExperts.forward(self.experts, hidden.reshape(-1, HIDDEN), index, weights)
        setattr(self.experts, "forward", lambda *_: output)  # noqa: B010
        return torch.as_tensor(self.experts(hidden.reshape(-1, HIDDEN), index, scores)).reshape(hidden.shape)


class Tiny(nn.Module):
    """Two layers of a block."""

    def __init__(self, block: type[nn.Module], **config: Any) -> None:
        super().__init__()
        torch.manual_seed(3)
        self.config = SimpleNamespace(num_experts=EXPERTS, num_experts_per_tok=TOP_K, **config)
        self.embedding = nn.Embedding(10, HIDDEN)
        self.layers = nn.ModuleList(nn.ModuleDict({"mlp": block()}) for _ in range(2))

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor | None = None) -> torch.Tensor:
        hidden: torch.Tensor = self.embedding(input_ids)
        for layer in self.layers:
            hidden = hidden + layer["mlp"](hidden)
        return hidden


def chosen(model: Tiny) -> list[Any]:
    """Return what each layer's block or gate chose in its last call."""
    holders = [module for module in model.modules() if hasattr(module, "chosen")]
    return [holder.chosen.tolist() for holder in holders]


@pytest.mark.parametrize("block", [LinearGate, OwnBlock])
def test_gates_of_other_code(block: type[nn.Module], tmp_path: Path) -> None:
    model = Tiny(block)
    with record(model, tmp_path / "t.moetrace"):
        model(IDS)
    trace = read_trace(tmp_path / "t.moetrace")
    assert (trace.layers, trace.experts_per_layer, trace.top_k) == (2, EXPERTS, TOP_K)
    assert trace[0].experts is not None
    assert trace[0].experts.tolist() == chosen(model)
    # Of logits it is not known what the block makes of them.
    assert (trace[0].weights is None) == (block is LinearGate)


def test_shared_experts_that_are_fused_are_left_out(tmp_path: Path) -> None:
    model = Tiny(FusedBlock, n_shared_experts=1)
    with record(model, tmp_path / "t.moetrace"):
        model(IDS)
    trace = read_trace(tmp_path / "t.moetrace")
    assert (trace.experts_per_layer, trace.top_k) == (EXPERTS, TOP_K)
    assert trace[0].experts is not None
    assert trace[0].experts.tolist() == chosen(model)
    assert trace[0].weights is not None
    assert trace[0].weights.shape == (2, 10, TOP_K)
    assert not np.any(trace[0].weights == 0.5)


def test_weights_of_all_experts_are_those_of_the_chosen(tmp_path: Path) -> None:
    model = Tiny(DenseWeights)
    with record(model, tmp_path / "t.moetrace"):
        model(IDS)
    (step,) = read_trace(tmp_path / "t.moetrace")
    assert step.experts is not None
    assert step.experts.tolist() == chosen(model)
    assert step.weights is not None
    handed = [module.handed for module in model.modules() if hasattr(module, "handed")]
    assert np.allclose(step.weights, torch.stack(handed).detach().numpy())


def test_logits_that_are_corrected_before_a_choice_are_refused(tmp_path: Path) -> None:
    model = Tiny(BiasedGate)
    message = "logits that are corrected before experts are chosen, and no ids"
    with pytest.raises(RecordError, match=message), record(model, tmp_path / "t.moetrace"):
        model(IDS)
    assert list(tmp_path.iterdir()) == []
