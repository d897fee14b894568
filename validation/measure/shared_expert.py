#!/usr/bin/env python3
"""Measures what a shared expert takes in the routed experts' grouped kernels, and in kernels of its own.

    python3 shared_expert.py --hidden 7168 --intermediate 2048 --experts 8 --topk 8

Needs PyTorch and one GPU. One rank's MoE layer in bf16: its experts see as many visits as even routing brings, the shared
expert each of its own tokens. A line is the median over replays of a graph of ten layers, so that no time of the host is in
it; weights of a layer exceed the second-level cache, and are read from memory as in a model.
"""

import argparse
import statistics

import torch

TOKENS = [1, 8, 32, 64, 128, 256, 512, 1024, 2048, 4096]
LAYERS, REPLAYS = 10, 30


def weights(experts, hidden, intermediate):
    up = torch.randn(experts, 2 * intermediate, hidden, device="cuda", dtype=torch.bfloat16) / hidden**0.5
    down = torch.randn(experts, hidden, intermediate, device="cuda", dtype=torch.bfloat16) / intermediate**0.5
    return up.transpose(1, 2), down.transpose(1, 2)


def activated(gates):
    gate, value = gates.chunk(2, dim=1)
    return torch.nn.functional.silu(gate) * value


def grouped(tokens, ends, up, down):
    return torch._grouped_mm(activated(torch._grouped_mm(tokens, up, offs=ends)), down, offs=ends)


def dense(tokens, up, down):
    return activated(tokens @ up[0]) @ down[0]


def microseconds(layer):
    """Of one layer, as part of a graph."""
    stream = torch.cuda.Stream()
    with torch.cuda.stream(stream):
        for _ in range(3):
            layer()
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        for _ in range(LAYERS):
            layer()
    times = []
    for _ in range(REPLAYS):
        begun, ended = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        begun.record()
        graph.replay()
        ended.record()
        torch.cuda.synchronize()
        times.append(begun.elapsed_time(ended) * 1e3 / LAYERS)
    return statistics.median(times[5:])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--hidden", type=int, required=True)
    parser.add_argument("--intermediate", type=int, required=True, help="of one expert")
    parser.add_argument("--experts", type=int, required=True, help="routed, on one rank")
    parser.add_argument("--topk", type=int, required=True)
    options = parser.parse_args()
    up, down = weights(options.experts + 1, options.hidden, options.intermediate)
    print(f"# {torch.cuda.get_device_name()}, PyTorch {torch.__version__}, hidden {options.hidden}, "
          f"intermediate {options.intermediate}, {options.experts} routed experts on the rank, top-{options.topk}; us")
    print("tokens,routed,fused,apart,alone,beside")
    for tokens in TOKENS:
        visits = [tokens * options.topk // options.experts] * options.experts
        both = visits + [tokens]
        ends = torch.tensor(both, device="cuda").cumsum(0).to(torch.int32)
        rows = torch.randn(sum(both), options.hidden, device="cuda", dtype=torch.bfloat16)
        routed, own = rows[: sum(visits)], rows[sum(visits) :]
        side = torch.cuda.Stream()

        def apart():
            dense(own, up[-1:], down[-1:])
            grouped(routed, ends[:-1], up[:-1], down[:-1])

        def beside():
            here = torch.cuda.current_stream()
            side.wait_stream(here)
            with torch.cuda.stream(side):
                dense(own, up[-1:], down[-1:])
            grouped(routed, ends[:-1], up[:-1], down[:-1])
            here.wait_stream(side)

        times = [
            microseconds(lambda: grouped(routed, ends[:-1], up[:-1], down[:-1])),
            microseconds(lambda: grouped(rows, ends, up, down)), microseconds(apart),
            microseconds(lambda: dense(own, up[-1:], down[-1:])), microseconds(beside),
        ]
        print(",".join([str(tokens)] + [f"{time:.1f}" for time in times]), flush=True)


main()
