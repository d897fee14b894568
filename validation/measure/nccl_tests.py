#!/usr/bin/env python3
"""Makes a validation table of what nccl-tests' alltoall_perf printed.

    build/alltoall_perf -b 1K -e 512M -f 2 -g 8 -d half | tee nccl.log
    python3 nccl_tests.py nccl.log --on gpu=h100 --on kernel=nccl --source "nccl-tests 2.17, NCCL 2.27" -o mine.csv

A line of alltoall_perf has the bytes of a rank's whole send buffer, of which its own part stays (NVIDIA/nccl-tests,
src/alltoall.cu and doc/PERFORMANCE.md: busbw = algbw · (ranks − 1) / ranks, which is checked). A row has as many tokens
of 64 values in BF16 as make up the buffer, each for one of as many experts as there are ranks: the same bytes to every
peer. Times are those out of place.
"""

import re

import measurement_table as table

HIDDEN = 64
TOKEN_BYTES = 2 * HIDDEN
NUMBER = r"([0-9.]+(?:e[+-]?[0-9]+)?)"
# size, count, type, redop, root, then time, algbw and busbw out of place.
MEASUREMENT = re.compile(rf"^\s*(\d+)\s+\d+\s+\w+\s+\w+\s+-?\d+\s+{NUMBER}\s+{NUMBER}\s+{NUMBER}\b")
RANK = re.compile(r"^#\s+Rank\s+(\d+)\s")


def main():
    options = table.parser(__doc__.splitlines()[0]).parse_args()
    rows, ranks, small = [], {}, 0
    for path, number, line in table.lines(options.logs):
        if found := RANK.match(line):
            if int(found[1]) == 0:
                ranks[path] = 0
            ranks[path] = max(ranks.get(path, 0), int(found[1]) + 1)
        if not (found := MEASUREMENT.match(line)):
            continue
        size, time, bandwidth, bus = int(found[1]), float(found[2]), float(found[3]), float(found[4])
        if path not in ranks:
            table.fail(f"{path}: line {number}: a measurement, but no line '#  Rank' before it says how many ranks")
        count = ranks[path]
        if count < 2:
            table.fail(f"{path}: line {number}: one rank sends nothing")
        # Printed with two decimals: small rates tell nothing.
        if bandwidth > 1 and abs(bus / bandwidth - (count - 1) / count) > 0.02:
            table.fail(f"{path}: line {number}: busbw is not {count - 1}/{count} of algbw; is this alltoall_perf?")
        if size < TOKEN_BYTES or size % TOKEN_BYTES:
            small += 1
            continue
        rows.append(dict(ranks=count, experts=count, tokens=size // TOKEN_BYTES, dispatch_us=time, combine_us=time))
    if small:
        table.note(f"{small} lines of sizes that are no multiple of {TOKEN_BYTES} bytes left out")
    front = [("kind", "all-to-all"), ("hidden", HIDDEN), ("topk", 1), ("dispatch", "{dtype: bf16}"),
             ("combine", "{dtype: bf16}"), ("note", "a row is one NCCL all-to-all, as dispatch and as combine")]
    table.write(options, front, ["ranks", "experts", "tokens", "dispatch_us", "combine_us"], rows)


if __name__ == "__main__":
    main()
