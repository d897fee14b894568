"""What fifty lines of numpy do: visits and copies of static placement on 64 ranks, layer by layer.

`naive.py ids.npy` counts, `naive.py --make ids.npy` makes ids `[steps][layers][tokens][top-k]` the size of DeepSeek-V3's.
`naive.py --record TRACE ids.npz` writes those of a native trace as a serving system records them.
"""

import gzip
import json
import sys

import numpy as np

EXPERTS, RANKS, RANKS_PER_NODE = 256, 64, 8


def make(path):
    random = np.random.default_rng(1)
    starts = random.integers(0, EXPERTS, (64, 58, 1024, 1))
    strides = np.arange(8) * 37 % EXPERTS
    np.save(path, ((starts + strides) % EXPERTS).astype(np.uint16))


def record(trace, path):
    """An array `[tokens][layers][top-k]` of 16 bits for each step of a trace that has ids alone."""
    arrays = []
    with gzip.open(trace) as file:
        header = json.loads(file.readline())
        while (head := file.read(24))[4] == 1:
            ids = np.frombuffer(file.read(int.from_bytes(head[:4], "little") - 24), np.uint8)
            arrays.append(ids.reshape(header["layers"], -1, header["topK"]).transpose(1, 0, 2).astype(np.int16))
    np.savez(path, *arrays)


def count(ids, sources):
    """Visits and copies between ranks, and copies to nodes, of one layer's `[tokens][top-k]`."""
    ranks = ids // (EXPERTS // RANKS)
    cells = sources[:, None] * RANKS + ranks
    visits = np.bincount(cells.ravel(), minlength=RANKS * RANKS)
    reached = np.zeros((len(ids), RANKS), bool)
    np.put_along_axis(reached, ranks.astype(np.int64), True, axis=1)
    copies = np.zeros((RANKS, RANKS), np.int64)
    np.add.at(copies, sources, reached)
    nodes = reached.reshape(len(ids), -1, RANKS_PER_NODE).any(axis=2)
    to_nodes = np.zeros((RANKS, RANKS // RANKS_PER_NODE), np.int64)
    np.add.at(to_nodes, sources, nodes)
    return visits, copies, to_nodes


def main():
    if sys.argv[1] == "--make":
        return make(sys.argv[2])
    if sys.argv[1] == "--record":
        return record(sys.argv[2], sys.argv[3])
    ids = np.load(sys.argv[1])
    sources = np.arange(ids.shape[2]) % RANKS
    hottest = 0
    for step in ids:
        for layer in step:
            visits, _, _ = count(layer, sources)
            hottest = max(hottest, int(visits.reshape(RANKS, RANKS).sum(axis=0).max()))
    print(hottest)


main()
