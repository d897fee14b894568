#!/usr/bin/env python3
"""Makes a validation table of what a benchmark of grouped GEMMs printed: vLLM's benchmark_moe.py, or DeepGEMM's tests.

    python3 benchmarks/kernels/benchmark_moe.py --model … --tp-size 1 | tee moe.log
    python3 grouped_gemm.py moe.log --hidden 4096 --intermediate 14336 --experts 8 --topk 2 --dtype bf16 \\
      --on gpu=h100 --on expert_kernels=trtllm --source "vLLM 0.10" -o mine.csv

    python3 tests/test_fp8.py | tee deepgemm.log
    python3 grouped_gemm.py deepgemm.log --dtype fp8_block --on gpu=h100 --on expert_kernels=sglang-prefill …

Lines that are read (vllm-project/vllm, benchmarks/kernels/benchmark_moe.py; deepseek-ai/DeepGEMM, tests/):

    Batch size: 64, config: {'BLOCK_SIZE_M': 16, …}
    Kernel time: 312.41 us
     > Perf (num_groups=4, m=32768, n= 4096, k= 7168, 1D2D, layout=NT): 1432 us | 1344 TFLOPS |  240 GB/s
     > Perf (num_groups=1, expected_m_per_group=1024, n=4096, k=7168, 1D2D):   45 us | 1320 TFLOPS | 1170 GB/s

vLLM times a layer on one GPU that holds all experts; its sizes are options, as it does not print them. DeepGEMM times
one matrix: a row is the sum of gate and up (n = 2 · intermediate, k = hidden) and down (n = hidden, k = intermediate),
found by their shapes, of as many experts as there are groups, one for each token. Its tokens are `m`, or groups times
`expected_m_per_group`.
"""

import re

import measurement_table as table

BATCH = re.compile(r"^Batch size: (\d+), config:")
KERNEL = re.compile(r"^Kernel time: ([\d.]+) us")
PERF = re.compile(r"^\s*> Perf \((.*?)\):\s*([\d.]+) us\b")
SIZE = re.compile(r"\b(num_groups|m|expected_m_per_group|n|k)=\s*(\d+)")
SHAPE = ["hidden", "intermediate", "experts", "topk"]


def layers(path, matrices):
    """Rows of gate and up with the down of the same groups and tokens."""
    rows, used = [], set()
    for first, (key, n, k, time) in enumerate(matrices):
        for second, (other, n2, k2, time2) in enumerate(matrices):
            if key == other and n % 2 == 0 and (n2, k2) == (k, n // 2) and not {first, second} & used:
                used |= {first, second}
                groups, tokens, phase = key
                rows.append(dict(phase=phase, tokens=tokens, us=time + time2, hidden=k, intermediate=n // 2,
                                 experts=groups, topk=1))
    if len(used) < len(matrices):
        table.note(f"{path}: {len(matrices) - len(used)} matrices without the other of their layer left out")
    return rows


def main():
    options = table.parser(__doc__.splitlines()[0])
    for name in SHAPE:
        options.add_argument(f"--{name}", type=int, help=f"{name} of vLLM's model")
    options.add_argument("--dtype", required=True, help="format of the weights, such as bf16, fp8 or fp8_block")
    options.add_argument("--phase", default="prefill", choices=["prefill", "decode"], help="of vLLM's rows")
    options = options.parse_args()
    rows, matrices, batch = [], {}, None
    for path, number, line in table.lines(options.logs):
        if found := BATCH.match(line):
            batch = int(found[1])
        elif found := KERNEL.match(line):
            missing = [name for name in SHAPE if getattr(options, name) is None]
            if missing:
                table.fail(f"{path}: line {number}: vLLM does not print sizes: give --{' --'.join(missing)}")
            if batch is None:
                table.fail(f"{path}: line {number}: a time without a batch size")
            rows.append(dict(phase=options.phase, tokens=batch, us=float(found[1]),
                             **{name: getattr(options, name) for name in SHAPE}))
            batch = None
        elif found := PERF.match(line):
            sizes = {name: int(value) for name, value in SIZE.findall(found[1])}
            if "num_groups" not in sizes:
                continue
            masked = "expected_m_per_group" in sizes
            if not masked and "m" not in sizes or not {"n", "k"} <= sizes.keys():
                continue
            groups = sizes["num_groups"]
            tokens = groups * sizes["expected_m_per_group"] if masked else sizes["m"]
            key = (groups, tokens, "decode" if masked else "prefill")
            matrices.setdefault(path, []).append((key, sizes["n"], sizes["k"], float(found[2])))
    for path, found in matrices.items():
        rows += layers(path, found)
    front = [("kind", "experts"), ("ranks", 1), ("dtype", options.dtype), ("distribution", "uniform")]
    table.write(options, front, ["phase", "hidden", "intermediate", "experts", "topk", "tokens", "us"], rows)


if __name__ == "__main__":
    main()
