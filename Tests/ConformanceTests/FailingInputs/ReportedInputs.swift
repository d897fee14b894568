/// Data in the shape of public reports.
enum ReportedInputs {
  static let batch = "--batch prefill --tokens-per-step 64"

  static let rows: [FailingInput] = imports + loads + plans

  private static let imports = [
    FailingInput(
      "Megatron restarted: steps recorded twice are not one batch",
      .init(
        command: "convert megatron-restart/router_trace_rank0.jsonl -o {T}/t.moetrace", status: 65,
        says: ["line 5", "rank 0: step 0 again", "line 1"]),
      .init(
        command: "convert megatron-restart/router_trace_rank0.jsonl megatron-restart/router_trace_rank0.jsonl "
          + "-o {T}/u.moetrace", status: 65, says: ["again"])),
    FailingInput(
      "Megatron's microbatches are forward passes of their own",
      .init(command: "convert megatron-microbatches/router_trace_rank0.jsonl -o {T}/t.moetrace"),
      .init(
        command: "inspect {T}/t.moetrace --format json",
        values: ["trace.steps": "6", "trace.tokens": "24", "trace.tokensPerStep.max": "4"])),
    FailingInput(
      "Megatron's MTP blocks are no decoder layers",
      .init(command: "convert megatron-mtp/router_trace_rank0.jsonl -o {T}/t.moetrace", says: ["mtp"]),
      .init(command: "inspect {T}/t.moetrace --format json", values: ["perLayer.*.layer": "3,4,5"])),
    FailingInput(
      "A rank that is missing from a set is named",
      .init(command: "convert trt-rank-missing -o {T}/t.moetrace", status: 65, says: ["rank 2"])),
    FailingInput(
      "Ranks that recorded the same tokens count them once",
      .init(
        command: "convert sglang-tensor-parallel/expert_distribution_recorder_1.0_0.pt "
          + "sglang-tensor-parallel/expert_distribution_recorder_1.0_1.pt -o {T}/t.moetrace"),
      .init(command: "inspect {T}/t.moetrace --format json", values: ["trace.tokensPerStep.max": "8"])),
    FailingInput(
      "SGLang's fused shared expert is left out",
      .init(
        command: "convert sglang-fused-shared/expert_distribution_recorder_1.0_0.pt -o {T}/t.moetrace",
        says: ["shared"]),
      .init(command: "inspect {T}/t.moetrace --format json", values: ["trace.topK": "6", "trace.experts": "16"])),
    FailingInput(
      "A column that is one id in every row is a fused shared expert",
      .init(command: "convert fused-shared.npz \(batch) -o {T}/t.moetrace", says: ["shared"]),
      .init(command: "inspect {T}/t.moetrace --format json", values: ["trace.topK": "6", "trace.experts": "64"])),
    FailingInput(
      "A named model's experts are heeded",
      .init(
        command: "convert few-tokens.npy --from routed-experts \(batch) --model deepseek-v2-lite --first-layer 1 "
          + "-o {T}/f.moetrace"),
      .init(command: "inspect {T}/f.moetrace --format json", values: ["trace.experts": "64"]),
      .init(command: "replay {T}/f.moetrace --ranks 8 --policy static"),
      .init(command: "plan {T}/f.moetrace --policy eplb --ranks 8 --to sglang -o {T}/p.json")),
    FailingInput(
      "vLLM's prompts belong to their responses",
      .init(command: "convert vllm-prompt-and-completion.jsonl \(batch) -o {T}/t.moetrace"),
      .init(command: "inspect {T}/t.moetrace --format json", values: ["trace.tokens": "60"])),
    FailingInput(
      "Rows of nothing are padding",
      .init(command: "convert zero-last-row.npz \(batch) -o {T}/z.moetrace", says: ["note"]),
      .init(command: "inspect {T}/z.moetrace --format json", values: ["trace.tokens": "57"]),
      .init(command: "convert minus-one-rows.npz \(batch) -o {T}/m.moetrace", says: ["note"]),
      .init(command: "inspect {T}/m.moetrace --format json", values: ["trace.tokens": "54"])),
    FailingInput(
      "A recording of nothing but zeros is refused as that",
      .init(
        command: "convert all-zero.npy --from routed-experts \(batch) -o {T}/t.moetrace", status: 65,
        says: ["nothing was recorded"], saysNot: ["dense"])),
    FailingInput(
      "Rows of layer, expert and count are counts",
      .init(command: "convert layer-expert-count.csv -o {T}/t.moetrace"),
      .init(
        command: "inspect {T}/t.moetrace --format json",
        values: ["trace.steps": "1", "trace.experts": "16", "perLayer.*.layer": "3,4,5"]),
      .init(
        command: "convert sglang-csv/expert_distribution_rank0_timestamp1.0.csv "
          + "sglang-csv/expert_distribution_rank1_timestamp1.0.csv -o {T}/s.moetrace"),
      .init(command: "inspect {T}/s.moetrace --format json", values: ["trace.steps": "1"])),
    FailingInput(
      "SGLang's chat answers hold routed experts",
      .init(command: "convert sglang-chat.jsonl --recorded-layers 4 --top-k 4 \(batch) -o {T}/t.moetrace"),
      .init(command: "inspect {T}/t.moetrace --format json", values: ["trace.tokens": "30"])),
    FailingInput(
      "base64 with its own shape and dtype",
      .init(command: "convert data-shape-dtype.jsonl \(batch) -o {T}/t.moetrace"),
      .init(command: "inspect {T}/t.moetrace --format json", values: ["trace.tokens": "30"])),
    FailingInput(
      "One request without routed experts does not refuse a log",
      .init(command: "convert one-response-without.jsonl \(batch) -o {T}/t.moetrace", says: ["note"]),
      .init(command: "inspect {T}/t.moetrace --format json", values: ["trace.tokens": "20"])),
    FailingInput(
      "Megatron's tokens per expert",
      .init(
        command:
          "convert megatron-tokens-per-expert/rank0.jsonl megatron-tokens-per-expert/rank1.jsonl -o {T}/t.moetrace"
      ),
      .init(
        command: "inspect {T}/t.moetrace --format json",
        values: ["trace.steps": "2", "trace.experts": "8", "perLayer.*.layer": "3,4"])),
  ]

  private static let loads = [
    FailingInput(
      "Loads with fractions",
      .init(command: "convert load-float.json --from eplb-weights -o {T}/t.moetrace")),
    FailingInput(
      "A load that is no number",
      .init(
        command: "plan load-nan.json --policy eplb --ranks 2 --to sglang -o {T}/p.json", status: 65,
        says: ["layer 0", "expert 1"])),
    FailingInput(
      "400 visits are 50 tokens at top-8",
      .init(command: "convert counts-400-visits.json -o {T}/c.moetrace"),
      .init(command: "inspect {T}/c.moetrace", says: ["400 visits"], saysNot: ["400 tokens"]),
      .init(
        command: "replay {T}/c.moetrace --model olmoe --ranks 8 --policy static --format json",
        values: ["trace.tokens": "50"])),
    FailingInput(
      "A layer that was idle in one step",
      .init(command: "convert layer-without-tokens.json -o {T}/t.moetrace")),
    FailingInput(
      "Experts that do not divide over the ranks",
      .init(command: "convert load-48.json --top-k 4 -o {T}/n.moetrace"),
      .init(
        command: "replay {T}/n.moetrace --model {root}/models/mixtral-8x7b.yaml:experts=48,topK=4 "
          + "--cluster gb200-nvl72 --ranks 36"),
      .init(
        command: "advise {T}/n.moetrace --model {root}/models/mixtral-8x7b.yaml:experts=48,topK=4 "
          + "--cluster gb200-nvl72 --ranks 36 --link-speeds 1")),
  ]

  private static let plans = [
    FailingInput(
      "No verdict on strategies that had no time to act",
      .init(command: "convert load-64.json --top-k 6 --model deepseek-v2-lite --first-layer 1 -o {T}/l.moetrace"),
      .init(command: "advise {T}/l.moetrace --ranks 8 --link-speeds 1", says: ["no verdict", "never rebalanced"]),
      .init(
        command: "advise {T}/l.moetrace --ranks 8 --tune", says: ["static", "never rebalanced", "not ranked"],
        saysNot: ["greedy"]),
      .init(command: "sweep {T}/l.moetrace --ranks 8 --points 2", says: ["never rebalanced"])),
    FailingInput(
      "Unequal shares that a file does not keep",
      .init(command: "plan load-64.json --policy fractional --ranks 8 --to vllm-ascend -o {T}/v.json"),
      .init(
        command: "plan load-64.json --policy fractional --ranks 8 --to deepseek-eplb -o {T}/f.json",
        says: ["plan       72   0.99", "greedy     64   0.9779   0.9720 (1)", "eplb       72   0.9937   0.9931 (0)"],
        saysNot: ["warning"]),
      .init(
        command: "plan load-64.json --policy distribution-only --ranks 8 --to deepseek-eplb -o {T}/d.json",
        says: ["plan       72   0.99"], saysNot: ["warning"]),
      .init(
        command: "plan load-64.json --policy fractional --ranks 8 --to sglang -o {T}/s.json",
        says: ["as sglang serves it the plan is less even than greedy", "use --policy greedy"]),
      .init(
        command: "plan load-64.json --policy eplb --groups 1 --ranks 8 --to vllm-ascend -o {T}/e.json",
        saysNot: ["fractional", "twice"])),
    FailingInput(
      "A plan for a named model has that model's layers",
      .init(
        command: "plan moe-rows-26.json --model deepseek-v2-lite --policy eplb --ranks 8 --to json -o {T}/p.json"),
      .init(
        command:
          "plan moe-rows-26.json --model deepseek-v2-lite --policy eplb --ranks 8 --to tensorrt-llm -o -",
        says: ["\n  1: [", "\n  26: ["], saysNot: ["\n  0: ["])),
    FailingInput(
      "A plan is for the ranks that it says",
      .init(command: "plan load-64.json --policy eplb --ranks 8 --groups 1 --to json -o {T}/p.json"),
      .init(command: "convert load-64.json --top-k 6 --model deepseek-v2-lite --first-layer 1 -o {T}/l.moetrace"),
      .init(
        command: "replay {T}/l.moetrace --ranks 4 --policy "
          + "'static:name=f,planner={kind: fixed, file: {T}/p.json},schedule={kind: initial}'",
        status: 64, says: ["8 ranks", "4"]),
      .init(
        command:
          "plan load-64.json --policy eplb --ranks 4 --slots 72 --groups 1 --to json -o {T}/q.json --diff {T}/p.json",
        status: 64, says: ["8 ranks", "4"])),
    FailingInput(
      "What plan writes can be read back",
      .init(command: "plan load-64.json --policy greedy --ranks 8 --groups 1 --to vllm-ascend -o {T}/va.json"),
      .init(
        command: "plan load-64.json --policy eplb --ranks 8 --groups 1 --to json -o {T}/q.json --diff {T}/va.json",
        says: ["expert"])),
  ]
}
