/// Files that serving and training systems' own code wrote.
enum EcosystemInputs {
  static let batch = "--batch prefill --tokens-per-step 16"
  static let inspect = "inspect {T}/t.moetrace --format json"
  static let sglang = "--recorded-layers 7 --top-k 8 --layers 3:7 --experts 256"

  static let fractional = "--policy fractional --ranks 4 --slots 20 -o {T}/p --to"

  static let rows = [
    FailingInput(
      "SGLang's published logical_count has 0.0", in: "ecosystem",
      .init(command: "plan logical-count-floats.json --policy eplb --ranks 4 --slots 16 --to sglang -o {T}/p.json"),
      .init(command: "convert logical-count-floats.json -o {T}/t.moetrace")),
    FailingInput(
      "Three hot experts, split evenly", in: "ecosystem",
      .init(command: "plan three-hot.json \(fractional) deepseek-eplb", says: ["plan       20   0.96"]),
      .init(command: "plan three-hot.json \(fractional) tensorrt-llm", says: ["plan       20   0.96"]),
      .init(command: "plan three-hot.json \(fractional) vllm-ascend", says: ["plan       20   0.96"]),
      .init(
        command: "plan three-hot.json \(fractional) sglang", says: ["(sglang-static)", "plan       20   0.7869"],
        saysNot: ["warning"])),
    FailingInput(
      "58 rows for a model of 61 layers", in: "ecosystem",
      .init(
        command: "plan moe-rows-only-58.json --model deepseek-v3 --policy eplb --ranks 8 --slots 264 --to tensorrt-llm "
          + "-o -", says: ["\n  3: [", "\n  60: ["], saysNot: ["\n  2: ["])),
    FailingInput(
      "sglext at the top of an OpenAI response", in: "ecosystem",
      .init(command: "convert sglang-openai-chat.jsonl \(sglang) \(batch) -o {T}/t.moetrace"),
      .init(command: inspect, values: ["perLayer.*.layer": "3,4,5,6"])),
    FailingInput(
      "A list of responses", in: "ecosystem",
      .init(command: "convert sglang-generate-batch.jsonl --from responses \(sglang) \(batch) -o {T}/t.moetrace")),
    FailingInput(
      "null for an aborted request", in: "ecosystem",
      .init(command: "convert vllm-one-aborted.jsonl \(batch) -o {T}/t.moetrace", says: ["note"])),
    FailingInput(
      "A streamed request", in: "ecosystem",
      .init(command: "convert vllm-stream-chunks.jsonl \(batch) -o {T}/t.moetrace")),
    FailingInput(
      "Ranks without an all-to-all backend record every token", in: "ecosystem",
      .init(
        command: "convert sglang-per-token-no-a2a_0.pt sglang-per-token-no-a2a_1.pt -o {T}/t.moetrace", says: ["note"]),
      .init(command: inspect, values: ["trace.tokensPerStep.max": "8"]),
      .init(
        command: "convert sglang-per-pass-no-a2a_0.pt sglang-per-pass-no-a2a_1.pt --top-k 8 -o {T}/p.moetrace",
        says: ["note"]),
      .init(command: "inspect {T}/p.moetrace --format json", values: ["trace.tokens": "15"])),
    FailingInput(
      "A full ring is not in time order", in: "ecosystem",
      .init(command: "convert sglang-stat-ring-of-2.pt --top-k 8 -o {T}/t.moetrace", says: ["note", "order"])),
    FailingInput(
      "SGLang's own balancedness", in: "ecosystem",
      .init(command: "convert sglang-stat-dense-first.pt --top-k 6 -o {T}/t.moetrace"),
      .init(
        command: "replay {T}/t.moetrace --ranks 2 --model deepseek-v2-lite --policy static --format json",
        says: ["\"sglang\" : 0.92696"])),
    FailingInput(
      "TensorRT-LLM's raw ranks", in: "ecosystem",
      .init(command: "convert trtllm-raw --from tensorrt-llm -o {T}/t.moetrace")),
    FailingInput(
      "TensorRT-LLM's pipeline stages", in: "ecosystem",
      .init(command: "convert trtllm-pp2 --from tensorrt-llm -o {T}/t.moetrace")),
    FailingInput(
      "Megatron's pipeline stages", in: "ecosystem",
      .init(
        command: "convert megatron-pp2/router_trace_rank0.jsonl megatron-pp2/router_trace_rank1.jsonl --experts 64 "
          + "-o {T}/t.moetrace"),
      .init(command: inspect, values: ["trace.steps": "3", "trace.tokensPerStep.max": "6", "trace.layers": "4"])),
    FailingInput(
      "Megatron's MTP layer", in: "ecosystem",
      .init(
        command: "convert megatron-mtp/router_trace_rank0.jsonl megatron-mtp/router_trace_rank1.jsonl --experts 64 "
          + "-o {T}/t.moetrace", says: ["mtp"]),
      .init(command: inspect, values: ["perLayer.*.layer": "1,2,3"])),
    FailingInput(
      "MindIE's iterations and layers", in: "ecosystem",
      .init(
        command: "convert mindie-split/decode_0.csv mindie-split/decode_1.csv mindie-split/decode_2.csv "
          + "mindie-split/decode_3.csv -o {T}/t.moetrace"),
      .init(command: inspect, values: ["trace.steps": "3", "trace.layers": "5"]),
      .init(
        command: "convert mindie-split/decode_0.csv mindie-split/decode_1.csv mindie-split/decode_2.csv "
          + "mindie-split/decode_3.csv mindie-split/decode_topk_0.csv mindie-split/decode_topk_1.csv "
          + "mindie-split/decode_topk_2.csv mindie-split/decode_topk_3.csv -o {T}/u.moetrace"),
      .init(command: "inspect {T}/u.moetrace --format json", values: ["trace.steps": "3", "trace.layers": "5"])),
    FailingInput(
      "A bare tensor of vllm-ascend", in: "ecosystem",
      .init(command: "convert vllm-ascend-load.pt -o {T}/t.moetrace")),
  ]
}
