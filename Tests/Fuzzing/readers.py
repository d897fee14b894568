"""What the readers of `Tests/Fuzzing/Readers` start from: files of their kind, and the words of their source."""

import glob
import gzip
import json
import os
import re

from seeds import (FAIR_SHARE, FITTED, FIXTURES, MATRICES, MODEL, PARAMETERS, PLANS, RECORDED_MATRIX, ROOT, TRACES, WORKLOAD,
                   archive, npy, tree)

# The most that a dictionary holds, and the longest word.
MOST_WORDS, LONGEST_WORD = 600, 32

SOURCES = {
    "gzip": ["Containers/Gzip"], "zip": ["Containers/Zip"], "npy": ["Containers/Npy"], "npz": ["Containers/Npy"],
    "pt": ["Containers/Torch"], "safetensors": ["Containers/Safetensors", "Containers/JSON"],
    "native": ["RoutingTrace/Native", "RoutingTrace"], "json-lines": ["RoutingTrace", "RoutingTrace/JSONLines"],
    "load-matrix": ["RoutingTrace/Counts"], "yaml": ["Diagnostics"],
    "policy": ["LoadBalancing", "LoadBalancing/*"], "cluster": ["PerformanceModel", "PerformanceModel/*", "Presets"],
    "model": ["PerformanceModel"], "workload": ["Workloads", "Workloads/*"], "study": ["Studies/Study"],
    "packet-program": ["Presets/PacketProgram"], "plan": ["LoadBalancing/PlanFiles"],
    "options": ["LoadBalancing", "LoadBalancing/*", "PerformanceModel", "Workloads", "RoutingTrace", "Diagnostics"],
    "matrix": ["PerformanceModel"], "recorded-matrix": ["PerformanceModel"], "validation-table": ["Validation/Tables"],
    "saved-result": ["Reporting/Figures", "Replay/Result", "Studies/Screen"], "study-manifest": ["Studies/Study"],
}
IMPORTS = ["TraceImport", "TraceImport/*", "Containers/Torch", "Containers/Npy"]
BINARY = [b"\x1f\x8b\x08", b"\x93NUMPY", b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"torch IntStorage", b"\x80\x02",
          b"ctorch._utils\n_rebuild_tensor_v2\n", b"ccollections\nOrderedDict\n", b"ctorch\nLongStorage\n", b"\x8a\x08"]
NUMBERS = [b"0", b"-1", b"65536", b"4294967296", b"9223372036854775807", b"9223372036854775808", b"1e308", b"5e-324", b"nan",
           b"inf", b"0.5", b"\\u0000", b"\\ud800", b"null", b"true", b"1e999"]


def words(reader):
    """String literals of the reader's source, the marks of binary formats, and numbers at the edges of their types."""
    kind = next((k for k in sorted(SOURCES, key=len, reverse=True) if reader == k or reader.startswith(f"{k}-")), None)
    found = {}
    for place in SOURCES[kind] if "." not in reader and kind else IMPORTS:
        for path in sorted(glob.glob(f"{ROOT}/Sources/{place}/*.swift")):
            for literal in re.findall(r'"([^"\\\n]+)"', open(path, encoding="utf-8").read()):
                word = literal.encode()
                if len(word) <= LONGEST_WORD and b" " not in word:
                    found[word] = None
    return (NUMBERS + BINARY + list(found))[:MOST_WORDS]


def fixtures(*patterns):
    return [open(path, "rb").read() for pattern in patterns for path in sorted(glob.glob(os.path.join(FIXTURES, pattern)))]


def files(folder):
    return list(tree(folder).values())


def packet_programs():
    """The text of the document's parameters as the tests have it."""
    source = open(f"{ROOT}/Tests/PresetsTests/PacketProgramTests.swift", encoding="utf-8").read()
    text = re.search(r'static let text = """\n(.*?)\n\s*"""', source, re.S).group(1)
    return [re.sub(r"^    ", "", text, flags=re.M).encode(), PARAMETERS]


def saved_results():
    """What the tests of reports print, short: two policies or candidates are enough to read all there is."""
    found = []
    for name, list_of in [("replay", "policies"), ("screening", "strategies")]:
        with open(f"{ROOT}/Tests/ReportingTests/Golden/{name}.json", encoding="utf-8") as file:
            result = json.load(file)
        result[list_of] = result[list_of][:2]
        found.append(json.dumps(result, ensure_ascii=False, separators=(",", ":")).encode())
    return found


def manifests():
    """Of a study of two jobs, by this version of the tool."""
    with open(f"{ROOT}/Sources/Diagnostics/Version.swift", encoding="utf-8") as file:
        version = re.search(r'"(.*)"', file.read()).group(1)
    head = {"baseline": "static", "clusters": {"h100-ib": 64 * "a"}, "format": "expert-replay-study", "jobs": 2,
            "models": {"m.yaml": 64 * "b"}, "options": {}, "policies": {"eplb": 64 * "c", "static": 64 * "d"}, "replays": 2,
            "study": "small", "tool": version, "version": 1,
            "traces": [{"bytes": 942, "digest": 64 * "e", "kind": "file", "name": "tokens.jsonl"}]}
    jobs = [{"cluster": "h100-ib", "job": 24 * digit, "model": "m.yaml", "policies": ["eplb"], "ranks": 4, "seed": seed,
             "trace": "tokens.jsonl"} for seed, digit in enumerate("01")]
    return ["".join(json.dumps(line) + "\n" for line in [head, *jobs]).encode()]


def tables():
    """The front matter, the header and a few rows of each table."""
    found = []
    for content in files("validation"):
        lines = content.split(b"\n")
        front = [line for line in lines if line.startswith(b"#")]
        found.append(b"\n".join(front + lines[len(front):len(front) + 5]) + b"\n")
    return found


def yaml():
    return [content for folder in ["policies", "models", "workloads", "studies"] for content in files(folder)]


TABLE = b"layer,expert,count\n0,0,5\n0,1,7\n1,0,3\n1,1,9\n"
COUNTS = b'{"iter": 7, "layer": 3, "tpe": [[1, 2], [3, 4]]}\n{"iter": 7, "layer": 4, "tokens_per_expert": [1, 2]}\n'
MAPPED = b'{"eplb_expert_map_file": "map.json", "n_routed_experts": 8, "num_moe_layers": 2, "topk": 2}'
FLOATS = npy((2, 3, 4), "<f4", bytes(range(96)))
PLAN_ARCHIVE = archive(phy2log=npy((1, 6), "<i8", b"".join(n.to_bytes(8, "little") for n in [0, 1, 2, 3, 0, 1])),
                       log2phy=npy((1, 4, 2), "<i8", b"".join((n % 6).to_bytes(8, "little") for n in range(8))),
                       logcnt=npy((1, 4), "<i8", b"".join(n.to_bytes(8, "little") for n in [2, 2, 1, 1])))

SEEDS = {
    "gzip": lambda: [gzip.compress(TRACES["text"][0], mtime=0), gzip.compress(b"a", mtime=0) * 2],
    "gzip-member": lambda: [gzip.compress(TRACES["text"][0], mtime=0), TRACES["native"][0]],
    "zip": lambda: fixtures("*.npz", "*.pt"), "npy": lambda: fixtures("*.npy"), "npz": lambda: fixtures("*.npz"),
    "pt": lambda: fixtures("*.pt"), "safetensors": lambda: fixtures("*/*.safetensors"),
    "native": lambda: TRACES["native"], "json-lines": lambda: TRACES["text"],
    "json-lines-gzip": lambda: [gzip.compress(text, mtime=0) for text in TRACES["text"]],
    "load-matrix": lambda: TRACES["load"], "yaml": yaml, "policy": lambda: files("policies") + files("policies/systems"),
    "cluster": lambda: files("clusters") + [FAIR_SHARE], "model": lambda: files("models") + [MODEL],
    "workload": lambda: files("workloads") + [WORKLOAD, FITTED], "study": lambda: files("studies"),
    "packet-program": packet_programs,
    "options": lambda: [b"3:29", b"0,2-5", b"1h", b"45 GB/s", b"eplb:window=16,steps=16", b"ranksPerNode=4", b"systems/vllm",
                        b"gates,token-ids", b"cluster.scaleOut.bandwidth", b"scaleOut.bandwidth=45 GB/s,ranks=8"],
    "plan": lambda: PLANS, "plan-archive": lambda: [PLAN_ARCHIVE], "matrix": lambda: MATRICES + [RECORDED_MATRIX],
    "recorded-matrix": lambda: [RECORDED_MATRIX],
    "validation-table": tables, "saved-result": saved_results, "study-manifest": manifests,
    "routed-experts.routed-npy": lambda: fixtures("routed*.npy", "batch.npy", "shared.npy"),
    "routed-experts.routed-npz": lambda: fixtures("routed.npz"), "routed-experts.routed-pt": lambda: fixtures("*.pt"),
    "responses.responses-jsonl": lambda: fixtures("vllm*", "sglang*", "dynamo.jsonl"),
    "sglang-recorder.stat-pt": lambda: fixtures("*.pt"), "counts.counts-json": lambda: TRACES["load"],
    "tensorrt-llm.counts-rank0-safetensors": lambda: fixtures("tensorrt/*.safetensors"),
    "tensorrt-llm.tokens-rank0_raw-safetensors": lambda: fixtures("tensorrt-raw/*_raw.safetensors"),
    "tensorrt-llm.meta-meta_info-json": lambda: fixtures("tensorrt*/meta_info.json"),
    "tensorrt-llm-calibrator.calibrator-json": lambda: fixtures("calibrator.json"),
    "routing-replay.replay-pt": lambda: fixtures("*.pt"), "router-logits.logits-npz": lambda: fixtures("logits.npz"),
    "router-logits.logits-npy": lambda: [FLOATS], "megatron.router_trace_rank0-jsonl": lambda: fixtures("router_trace*"),
    "megatron-counts.counts_rank0-jsonl": lambda: [COUNTS],
    "moe-infinity.activations-npy": lambda: fixtures("activations.npy"),
    "hotness.plain-decode_0-csv": lambda: fixtures("hotness/*.csv"),
    "hotness.mindie-model_gen_config-json": lambda: [MAPPED],
    "eplb-weights.weights-json": lambda: fixtures("weights.json"),
    "eplb-weights.weights-npy": lambda: fixtures("weights.npy"), "eplb-weights.weights-csv": lambda: fixtures("weights.csv"),
    "expert-shares.shares-json": lambda: [b"[[0.25,0.25,0.5],[1,0,0]]", b"[[[0.5,0.5]],[[0.1,0.9]]]"],
    "expert-counts.counts-csv": lambda: [TABLE], "moe-comms.routing-csv": lambda: [b"1,2\n3,4\n0,7\n"],
    "moe-comms.comms-weights-csv": lambda: [b"0.5,0.5,0,0\n0.25,0.75,1,1\n1,0,0,2\n"],
    "trace.trace-moetrace": lambda: TRACES["native"],
}


def seeds(reader):
    """- Returns: whole files; a reader of which nothing is known here starts from nothing."""
    return SEEDS[reader]()
