"""Small files of every kind, from which runs of the fuzzers start."""

import gzip
import io
import json
import os
import random
import struct
import zipfile
import zlib

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FIXTURES = os.path.join(ROOT, "Tests/TraceImportTests/Fixtures")


def tree(name):
    """Names and bytes of a folder's files, but for large ones."""
    path = os.path.join(ROOT, name)
    return {f: open(os.path.join(path, f), "rb").read() for f in sorted(os.listdir(path))
            if os.path.isfile(os.path.join(path, f)) and os.path.getsize(os.path.join(path, f)) < 200_000}


def lines(*objects):
    return "".join(json.dumps(o) + "\n" for o in objects).encode()


def token_trace(layers=2, experts=8, top_k=2, steps=4, tokens=3, **more):
    chance = random.Random("tokens")
    head = {"format": "moe-routing-trace", "version": 1, "name": "small", "layers": layers, "experts": experts,
            "topK": top_k, "content": "tokens", **more}
    return lines(head, *[
        {"step": s, "layer": l, "experts": [chance.sample(range(experts), top_k) for _ in range(tokens)],
         **({"phase": "decode", "source": [0] * tokens, "sequence": list(range(tokens)), "token": [5] * tokens}
            if l == 0 else {})}
        for s in range(steps) for l in range(layers)])


def count_trace(layers=2, experts=8, steps=4):
    chance = random.Random("counts")
    head = {"format": "moe-routing-trace", "version": 1, "layers": layers, "experts": experts, "topK": 2,
            "content": "counts"}
    return lines(head, *[{"step": s, "layer": l, "counts": [chance.randrange(1, 50) for _ in range(experts)]}
                         for s in range(steps) for l in range(layers)])


MODEL = b"""name: small
layers: 3
moeLayers: 2
firstMoELayer: 1
experts: 8
sharedExperts: 1
topK: 2
hidden: 256
expertIntermediate: 128
weights: fp8
dispatch: {dtype: fp8, scaleBlock: 128}
combine: {dtype: bf16}
attention: {heads: 8, headSize: 32, keyValueHeads: 2}
denseIntermediate: 512
"""
WORKLOAD = b"""name: small
experts: 8
topK: 2
layers: 2
steps: 4
tokensPerStep: 16
phase: decode
seed: 3
popularity: {kind: log-normal, sigma: 1.2}
time: {kind: rotate, every: 2, by: 3}
correlation: {neighbour: 0.3, topics: 4, spread: 0.5, kinds: 2, affinity: 5}
"""
FITTED = b"""name: fitted
experts: 4
topK: 1
layers: 1
phase: prefill
tokensPerStep: 20
sequences: {count: 6, stretches: [3 5 9, 4 4 8]}
popularity:
  kind: table
  shares:
    - 10 20 30 40
"""
FAIR_SHARE = b"""name: mesh
ranks: 4
ranksPerNode: 4
allToAll: fair-share
fairShare: {topology: mesh-2d, linkBandwidth: 50 GB/s, columns: 2, latency: 1 us}
"""


def native_member(content, first, steps):
    """A gzip member as docs/trace-format.md describes it."""
    deflate = zlib.compressobj(6, zlib.DEFLATED, -15)
    packed = deflate.compress(content) + deflate.flush()
    length = 32 + len(packed) + 8
    extra = b"ER" + struct.pack("<HIQI", 16, length, first, steps)
    return (b"\x1f\x8b\x08\x04" + bytes(5) + b"\xff" + struct.pack("<H", len(extra)) + extra + packed
            + struct.pack("<II", zlib.crc32(content), len(content)))


def native_trace(content="tokens", layers=2, experts=8, top_k=2, steps=3, tokens=3, parts=0):
    """`parts`: 1 sources, 2 sequences, 4 token ids, 8 weights, 16 a mask, of each step's first visit."""
    chance = random.Random(f"{content}{parts}")
    header = {"format": "moe-routing-trace", "version": 1, "name": "small", "layers": layers, "experts": experts,
              "topK": top_k, "content": content}
    frames = b""
    for step in range(steps):
        if content == "counts":
            body = b"".join(struct.pack("<Q", 2 * tokens // experts + 1) for _ in range(layers * experts))
        else:
            body = b"".join(struct.pack(f"<{tokens}I", *range(tokens)) for bit in (1, 2, 4) if parts & bit)
            visits = layers * tokens * top_k
            ids = [id for _ in range(layers * tokens) for id in chance.sample(range(experts), top_k)]
            if parts & 16:
                ids[0] = 0
            body += bytes(ids) if experts <= 256 else struct.pack(f"<{visits}H", *ids)
            body += b"\x01" + bytes((visits + 7) // 8 - 1) if parts & 16 else b""
            body += struct.pack("<f", 0 if parts & 16 else 0.5) * visits if parts & 8 else b""
        kind = 1 if content == "tokens" else 2
        count = tokens if kind == 1 else layers * experts * (2 * tokens // experts + 1) // layers // top_k
        frames += struct.pack("<IBBBBQQ", 24 + len(body), kind, step % 3 + 1, parts, 0, step, count) + body
    total = steps * count
    end = struct.pack("<IBBBBQQ", 24, 3, 0, 0, 0, steps, total)
    return (native_member(json.dumps(header).encode() + b"\n", 0, 0) + native_member(frames, 0, steps)
            + native_member(end, steps, 0))


def archive(**entries):
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w") as file:
        for name, content in entries.items():
            file.writestr(f"{name}.npy", content)
    return stored.getvalue()


def npy(shape, kind, content):
    head = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode() + content


TRACES = {
    "native": [native_trace(), native_trace(parts=15), native_trace("counts"), native_trace(experts=300, parts=1),
               native_trace(parts=24), native_trace(experts=300, top_k=3, parts=16)],
    "text": [token_trace(), count_trace(), token_trace(layers=1, experts=4, top_k=1, steps=9),
             b'{"logical_count":[[[1,2,3,4]],[[4,3,2,1]]]}'],
    "load": [b"[[1,2,3,4,5,6,7,8],[8,7,6,5,4,3,2,1]]", b'{"weight":[[1.5,2,0,4]]}',
             b'{"logical_count":[[[1,2,3,4]],[[4,3,2,1]]]}'],
}
MATRICES = [b"0,1000,20,3\n5,0,70000,8\n9,10,0,12\n13,14,15,0\n", b"0,5\n7,0\n"]
RECORDED_MATRIX = b'''policy,step,layer,part,source,0,1
eplb,0,3,dispatch,0,0,10
eplb,0,3,dispatch,1,20,0
"a,""b""",1,3,combine,0,0,5
"a,""b""",1,3,combine,1,6,0
'''
PARAMETERS = b"""# parameters
HIDDEN_SIZE = 7168
NUM_RANKS = 8
NUM_EXPERTS = 16
TOP_K = 2
USE_FP8 = True
if USE_FP8:
    BYTES = 1
else:
    BYTES = 2
"""
PLANS = [
    b'{"layers":[3,4],"slotsPerRank":3,"physicalToLogical":[[0,1,2,3,0,1],[0,1,2,3,2,3]],'
    b'"share":[[0.5,0.5,1,1,0.5,0.5],[1,1,0.5,0.5,0.5,0.5]]}',
    b'{"physical_to_logical_map":[[0,1,2,3,0,1],[0,1,2,3,2,3]]}',
    b'{"moe_layer_count":1,"layer_list":[{"layer_id":0,"device_count":2,"device_list":['
    b'{"device_id":0,"device_expert":[0,1]},{"device_id":1,"device_expert":[2,0]}]}]}',
    b"num_slots: 6\ninitial_global_assignments:\n  3: [0, 1, 2, 3, 0, 1]\n  4: [0, 1, 2, 3, 2, 3]\n"
    b"layer_updates_per_iter: 0\n",
]
STUDY = b"""name: small
traces: [tokens.jsonl]
models: [small.yaml]
clusters: [h100-ib]
ranks: [4]
policies: [eplb, fractional]
seeds: [0, 1]
"""
