#!/usr/bin/env python3
"""Measures how long experts take from a host's pinned memory to its GPU, and makes a validation table of it.

    python3 host_loads.py --cluster mine --source "H100 SXM, PyTorch 2.11, driver 580" -o mine-loads.csv

Needs PyTorch and one GPU. A row is the median over copies of one size, one at a time, from the request to the end as the
host's clock sees it. Bandwidth and latency of `storage.host` are those of a line through the sizes that are fitted, by
least squares of relative errors; every other size is left out of the fit.

What is told beside the table: how fast pageable memory is, and how much copies and a large matrix product slow each other
down when they run at the same time.
"""

import argparse
import statistics
import sys
import time

import torch

MEGABYTES = [0.1, 0.3, 1, 3, 6, 13.2, 17.3, 30, 44.04, 88, 176.2, 352.3, 700, 1400]
REPEATS = 30


def copies(megabytes, pinned):
    size = int(megabytes * 1e6)
    host = torch.empty(size, dtype=torch.uint8, pin_memory=pinned)
    host.fill_(1)
    there = torch.empty(size, dtype=torch.uint8, device="cuda")
    times = []
    for _ in range(REPEATS + 5):
        torch.cuda.synchronize()
        begun = time.perf_counter()
        there.copy_(host, non_blocking=True)
        torch.cuda.synchronize()
        times.append((time.perf_counter() - begun) * 1e6)
    return statistics.median(times[5:])


def line(points):
    """Latency in us and bandwidth in bytes per us, by least squares of relative errors."""
    a = b = c = d = e = 0.0
    for size, took in points:
        weight = 1 / took**2
        a, b, c = a + weight, b + weight * size, c + weight * size * size
        d, e = d + weight * took, e + weight * size * took
    slope = (a * e - b * d) / (a * c - b * b)
    return (d - slope * b) / a, 1 / slope


def together():
    """How many times as long a copy and a product take beside each other, over each alone."""
    n, size = 8192, 352_300_000
    left, right = (torch.randn(n, n, device="cuda", dtype=torch.bfloat16) for _ in range(2))
    host = torch.empty(size, dtype=torch.uint8, pin_memory=True)
    there = torch.empty(size, dtype=torch.uint8, device="cuda")
    streams = [torch.cuda.Stream(), torch.cuda.Stream()]

    def rate(copying, multiplying):
        """Copies and products in a second."""
        torch.cuda.synchronize()
        events = [[torch.cuda.Event(enable_timing=True) for _ in range(2)] for _ in streams]
        counts = [40 if copying else 0, 300 if multiplying else 0]
        for stream, pair in zip(streams, events):
            pair[0].record(stream)
        for index in range(max(counts)):
            if index < counts[0]:
                with torch.cuda.stream(streams[0]):
                    there.copy_(host, non_blocking=True)
            if index < counts[1]:
                with torch.cuda.stream(streams[1]):
                    torch.mm(left, right)
        for stream, pair in zip(streams, events):
            pair[1].record(stream)
        torch.cuda.synchronize()
        return [count / pair[0].elapsed_time(pair[1]) * 1e3 for count, pair in zip(counts, events)]

    rate(True, True)
    copy, product = rate(True, False)[0], rate(False, True)[1]
    both = rate(True, True)
    return copy / both[0], product / both[1], product * 2 * n**3 / 1e12


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--cluster", required=True, help="a name for the machine")
    options.add_argument("--source", required=True, help="where the figures are from: machine, software, versions")
    options.add_argument("-o", "--output", default="-", help="the table")
    options = options.parse_args()
    points = [(int(size * 1e6), copies(size, True)) for size in MEGABYTES]
    latency, bandwidth = line(points[::2])
    rows = [f"{options.cluster},host,{size},{took:.2f},{'no' if place % 2 else 'yes'}"
            for place, (size, took) in enumerate(points)]
    text = "\n".join([
        f"# source: {options.source}",
        f"# note: copies of pinned memory, one at a time; medians of {REPEATS}",
        "# kind: load", "# storage:",
        f"#   {options.cluster}: {{host: {{bandwidth: {bandwidth / 1e3:.2f} GB/s, latency: {max(0, latency):.2f} us}}}}",
        "cluster,tier,bytes,microseconds,fitted", *rows, ""])
    if options.output == "-":
        sys.stdout.write(text)
    else:
        with open(options.output, "w") as file:
            file.write(text)
    print(f"pageable memory, 352.3 MB: {352.3e3 / copies(352.3, False):.1f} GB/s", file=sys.stderr)
    copy, product, rate = together()
    print(f"beside each other: a copy takes {copy:.3f} times as long, a product ({rate:.0f} TFLOP/s alone) {product:.3f}",
          file=sys.stderr)


if __name__ == "__main__":
    main()
