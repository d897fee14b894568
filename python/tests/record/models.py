"""Tiny models of many architectures, and what each one's router chooses by its logits."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch
import transformers

from record.rules import grouped, largest, sparse_mixer

if TYPE_CHECKING:
    from record.rules import Rule

VOCABULARY = 96
COMMON: dict[str, Any] = {
    "vocab_size": VOCABULARY,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "max_position_embeddings": 128,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "tie_word_embeddings": False,
}
LATENT = {
    "q_lora_rank": 16,
    "kv_lora_rank": 16,
    "qk_nope_head_dim": 8,
    "qk_rope_head_dim": 8,
    "v_head_dim": 8,
    "num_key_value_heads": 4,
    "head_dim": 8,
}
GROUPED = {
    "n_routed_experts": 16,
    "num_experts_per_tok": 4,
    "n_shared_experts": 1,
    "n_group": 4,
    "topk_group": 2,
    "moe_intermediate_size": 16,
    "first_k_dense_replace": 1,
    "norm_topk_prob": True,
}


@dataclass(frozen=True)
class Architecture:
    """How a tiny model is made, and what it should do."""

    name: str
    model: str
    config: str
    settings: dict[str, Any]
    experts: int
    top_k: int
    router: str = "gate"
    """Last part of the name of the modules that return logits."""
    rule: Rule = largest
    layers: list[int] = field(default_factory=lambda: [0, 1, 2])

    def make(self) -> Any:
        """Return the model, with weights so large that routers have preferences."""
        torch.manual_seed(5)
        config = getattr(transformers, self.config)(**COMMON | self.settings)
        model = getattr(transformers, self.model)(config).eval()
        with torch.no_grad():
            for name, parameter in model.named_parameters():
                # Norms keep their ones.
                if parameter.ndim > 1 or "bias" in name:
                    parameter.normal_(0, 0.3)
            for name, buffer in model.named_buffers():
                if "correction_bias" in name:
                    buffer.normal_(0, 0.2)
        return model


ARCHITECTURES = [
    Architecture(
        "mixtral", "MixtralForCausalLM", "MixtralConfig", {"num_local_experts": 8, "num_experts_per_tok": 2}, 8, 2
    ),
    Architecture(
        "qwen2-moe",
        "Qwen2MoeForCausalLM",
        "Qwen2MoeConfig",
        {
            "num_experts": 12,
            "num_experts_per_tok": 4,
            "moe_intermediate_size": 16,
            "shared_expert_intermediate_size": 16,
            "mlp_only_layers": [0],
        },
        12,
        4,
        layers=[1, 2],
    ),
    Architecture(
        "qwen3-moe",
        "Qwen3MoeForCausalLM",
        "Qwen3MoeConfig",
        {"num_experts": 16, "num_experts_per_tok": 4, "moe_intermediate_size": 16, "norm_topk_prob": True},
        16,
        4,
    ),
    Architecture(
        "deepseek-v2",
        "DeepseekV2ForCausalLM",
        "DeepseekV2Config",
        COMMON | LATENT | GROUPED | {"topk_method": "group_limited_greedy", "routed_scaling_factor": 2.0},
        16,
        4,
        rule=grouped(groups=4, kept=2, best=1, score="softmax"),
        layers=[1, 2],
    ),
    Architecture(
        "deepseek-v3",
        "DeepseekV3ForCausalLM",
        "DeepseekV3Config",
        LATENT | GROUPED | {"routed_scaling_factor": 2.5},
        16,
        4,
        rule=grouped(groups=4, kept=2, best=2, score="sigmoid"),
        layers=[1, 2],
    ),
    Architecture(
        "gpt-oss",
        "GptOssForCausalLM",
        "GptOssConfig",
        {"num_local_experts": 8, "num_experts_per_tok": 4, "sliding_window": 16},
        8,
        4,
        router="router",
    ),
    Architecture(
        "glm4-moe",
        "Glm4MoeForCausalLM",
        "Glm4MoeConfig",
        GROUPED,
        16,
        4,
        rule=grouped(groups=4, kept=2, best=2, score="sigmoid"),
        layers=[1, 2],
    ),
    Architecture("olmoe", "OlmoeForCausalLM", "OlmoeConfig", {"num_experts": 16, "num_experts_per_tok": 8}, 16, 8),
    Architecture(
        "phimoe",
        "PhimoeForCausalLM",
        "PhimoeConfig",
        {"num_local_experts": 8, "num_experts_per_tok": 2},
        8,
        2,
        router="router",
        rule=sparse_mixer,
    ),
    Architecture(
        "llama4",
        "Llama4ForCausalLM",
        "Llama4TextConfig",
        {
            "num_local_experts": 8,
            "num_experts_per_tok": 2,
            "interleave_moe_layer_step": 1,
            "intermediate_size_mlp": 48,
            "attention_chunk_size": 64,
        },
        8,
        2,
        router="router",
    ),
    Architecture(
        "granitemoe",
        "GraniteMoeForCausalLM",
        "GraniteMoeConfig",
        {"num_local_experts": 8, "num_experts_per_tok": 3},
        8,
        3,
        router="router",
    ),
    Architecture(
        "dbrx",
        "DbrxForCausalLM",
        "DbrxConfig",
        {
            "d_model": 32,
            "n_heads": 4,
            "n_layers": 3,
            "max_seq_len": 128,
            "ffn_config": {"ffn_hidden_size": 48, "moe_num_experts": 8, "moe_top_k": 3, "hidden_size": 32},
            "attn_config": {"kv_n_heads": 2, "clip_qkv": 8, "rope_theta": 10000.0},
        },
        8,
        3,
        router="router",
    ),
    Architecture(
        "jetmoe",
        "JetMoeForCausalLM",
        "JetMoeConfig",
        {"num_local_experts": 8, "num_experts_per_tok": 2, "kv_channels": 8, "num_key_value_heads": 4},
        8,
        2,
        router="mlp.router",
    ),
    Architecture(
        "minimax", "MiniMaxForCausalLM", "MiniMaxConfig", {"num_local_experts": 8, "num_experts_per_tok": 2}, 8, 2
    ),
    Architecture(
        "hunyuan",
        "HunYuanMoEV1ForCausalLM",
        "HunYuanMoEV1Config",
        {"num_experts": 8, "moe_topk": 2, "moe_intermediate_size": 16},
        8,
        2,
        router="gate.wg",
    ),
    Architecture(
        "dots1",
        "Dots1ForCausalLM",
        "Dots1Config",
        GROUPED,
        16,
        4,
        rule=grouped(groups=4, kept=2, best=2, score="sigmoid"),
        layers=[1, 2],
    ),
]
BY_NAME = {architecture.name: architecture for architecture in ARCHITECTURES}
