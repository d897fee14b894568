"""Makes files that claim or inflate to more than they hold, and measures what the command takes for each.

Usage: malicious.py make FOLDER, then malicious.py measure COMMAND FOLDER, a process of its own because a child's peak
begins with its parent's. A line each: name, bytes of the file, exit status, lines on standard error, peak resident KiB.
"""

import base64
import gzip
import json
import os
import platform
import struct
import subprocess
import sys
import zipfile
import zlib

HUGE = 2**40


def npy(shape, data=b"", descr="|u1"):
    header = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}"
    header += " " * (63 - (10 + len(header)) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + data


def header(layers=2, experts=8, **more):
    return json.dumps({"format": "moe-routing-trace", "version": 1, "layers": layers, "experts": experts, **more}) + "\n"


def tokens(layers, top_k=1, steps=1, **more):
    head = header(layers, content="tokens", topK=top_k, **more)
    choice = [list(range(top_k))]
    return head + "".join(
        json.dumps({"step": s, "layer": l, "experts": choice}) + "\n" for s in range(steps) for l in range(layers)
    )


def zipped(name, entries, method=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(name, "w", method) as archive:
        for entry, data in entries:
            archive.writestr(entry, data)
    return open(name, "rb").read()


def claiming(data, size):
    """A zip whose only entry's directory record claims to inflate to `size`."""
    at = data.rindex(b"PK\x01\x02")
    return data[: at + 24] + struct.pack("<I", size) + data[at + 28 :]


def member(length, steps, content, first=0):
    """A native gzip member with the lengths it claims."""
    body = gzip.compress(content, mtime=0)
    extra = struct.pack("<2sHIQI", b"ER", 16, length, first, steps)
    return body[:3] + b"\x04" + body[4:10] + struct.pack("<H", len(extra)) + extra + body[10:]


def native(head, frames, steps):
    def whole(steps, content, first=0):
        return member(len(member(0, steps, content)), steps, content, first)
    end = struct.pack("<IBBBBQQ", 24, 3, 0, 0, 0, steps, 0)
    return whole(0, head.encode()) + whole(steps, frames) + whole(0, end, first=steps)


def tensor(size, count):
    text = lambda s: b"X" + struct.pack("<I", len(s)) + s.encode()
    number = lambda n: b"\x8a\x08" + struct.pack("<q", n)
    storage = b"(" + text("storage") + b"ctorch\nIntStorage\n" + text("0") + text("cpu") + number(count) + b"tQ"
    sizes = b"(" + b"".join(map(number, size)) + b"t"
    return (
        b"\x80\x02}" + text("logical_count") + b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage + number(0) + sizes
        + b"(" + number(0) * len(size) + b"t\x89ccollections\nOrderedDict\n)RtRs."
    )


def torch(pickle, storage=b""):
    return zipped("scratch", [("a/data.pkl", pickle), ("a/data/0", storage)])


def overlapping(count):
    """A zip of entries that are all the same bytes."""
    data = zipped("scratch", [("a.npy", npy("(1, 1, 1)", bytes(1)))])
    at, end = data.index(b"PK\x01\x02"), data.index(b"PK\x05\x06")
    entry = data[at:end]
    tail = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, count, count, count * len(entry), at, 0)
    return data[:at] + entry * count + tail


def calibrator(size, slots=8):
    raw = base64.b64encode(zlib.compress(bytes(4 * size))).decode()
    chunk = {"layer_idx": 0, "num_slots": slots, "token_selected_slots_shape": [size, 1]}
    return json.dumps({"all_ranks_records": [[{"iteration": 0, "metadata": [chunk], "raw_data": raw}]]})


def safetensors(head, data=b"", length=None):
    """The only file of TensorRT-LLM's statistics; `head` is its header's text."""
    return struct.pack("<Q", len(head) if length is None else length) + head.encode() + data


def tensors(count, size=1):
    """A tensor of `size` experts for each of `count` iterations."""
    entry = '"%d_0":{"dtype":"I64","shape":[%d],"data_offsets":[%d,%d]}'
    head = ",".join(entry % (i, size, 8 * size * i, 8 * size * (i + 1)) for i in range(count))
    return safetensors("{" + head + "}", struct.pack("<q", 1) * size * count)


def routed(step, layer, rank, indices="[]", count=0):
    return (
        f'{{"step":{step},"stage":"pre_dispatch","block":"decoder","layer":{layer},"rank":{rank},'
        f'"num_tokens":{count},"topk":1,"top_indices":{indices}}}\n'
    )


def described(data, shape):
    return json.dumps({"choices": [{"routed_experts": {"data": data, "shape": shape}}]}) + "\n"


def views(count, size):
    """A list of lists of tensors that are one: a pickle remembers it, and refers to it with two bytes."""
    one = tensor([size, 1], size)
    one = one[one.index(b"ctorch._utils") : -2]
    batches = (b"(" + b"h\x00" * 1000 + b"e") * (count // 1000)
    return torch(b"\x80\x02](](" + one + b"q\x00e" + batches + b"e.", bytes(4 * size))


def response(array):
    return json.dumps({"choices": [{"routed_experts": base64.b64encode(array).decode()}]}) + "\n"


def make():
    MIB = 1 << 20
    pickles = {
        "marks": b"(" * 15 * MIB,
        "lists": b"]" * 15 * MIB,
        "numbers": b"K\x01" * 7 * MIB,
        "items": b"]" + b"K\x01a" * 5 * MIB,
        "memo": b"N" + b"".join(b"r" + struct.pack("<I", i) for i in range(3 * MIB)),
        "tuples": b")" * 15 * MIB,
        "strings": b"X\0\0\0\0" * 3 * MIB,
    }
    frame = struct.pack("<IBBBBQQ", 2**31 - 1, 1, 0, 0, 0, 0, HUGE)
    cases = {
        "layers.jsonl": header(4096, 128, content="counts"),
        "wide.jsonl": tokens(512, experts=1024, steps=9),
        "spaces.jsonl.gz": gzip.compress(b"{" + b" " * 200 * MIB),
        "lines.jsonl.gz": gzip.compress(b"\n" * 200 * MIB),
        "line.jsonl.gz": gzip.compress((header(1, content="tokens", topK=1) + '{"step":0,"layer":0,"experts":[').encode() + b"[0]," * 50 * MIB),
        "frame.moetrace": native(header(content="tokens", topK=2), frame, 1),
        "claimed.moetrace": native(
            header(content="tokens", topK=2), struct.pack("<IBBBBQQ", 24, 1, 0, 0, 0, 0, 0), 2**32 - 1),
        "zeros.moetrace": native(header(content="tokens", topK=2), bytes(200 * MIB), 1),
        "member.moetrace": member(2**32 - 1, 0, header(content="tokens", topK=2).encode()),
        "shape.npy": npy(f"({HUGE}, {HUGE}, 2)"),
        "zero.npy": npy(f"(0, {HUGE}, {HUGE})"),
        "shape.npz": zipped("scratch", [("a.npy", npy(f"({HUGE}, 4, 2)"))]),
        "claim.npz": claiming(zipped("scratch", [("a.npy", npy("(1, 1, 1)", b"\0"))]), 2**32 - 1),
        "claim-30.npz": claiming(zipped("scratch", [("a.npy", npy("(1, 1, 1)", b"\0"))]), 30 * MIB),
        "bomb.npz": zipped("scratch", [("a.npy", npy(f"({200 * MIB}, 1, 1)", bytes(200 * MIB)))]),
        "size.pt": torch(tensor([HUGE, HUGE, HUGE], 6), bytes(24)),
        "count.pt": torch(tensor([2, 2], HUGE), bytes(24)),
        "bomb.pt": torch(tensor([2, 2], 50 * MIB), bytes(200 * MIB)),
        "calibrator.json": calibrator(50 * MIB),
        "shape-calibrator.json": calibrator(4).replace("[4, 1]", f"[{HUGE}, {HUGE}]"),
        "array.responses": response(npy(f"({HUGE}, {HUGE}, 2)")),
        "four.npy": npy(f"(0, {HUGE}, {HUGE}, {HUGE})"),
        "wide-four.npy": npy("(32768, 1, 128, 4)", bytes(range(4)) * 4 * MIB),
        "empty.pt": torch(tensor([HUGE, HUGE, 0], 0)),
        "empty-tall.pt": torch(tensor([1, HUGE, 0], 0)),
        "views.replay": views(10**6, 256),
        "bomb.replay": views(4, 50 * MIB),
        "shape.logits": npy(f"(1, {HUGE}, {HUGE})", descr="<f4"),
        "wide.logits": npy(f"(1, {MIB}, 4)", bytes(16 * MIB), "<f4"),
        "bomb.logits": zipped("scratch", [(f"{i}.npy", npy(f"({MIB}, 4)", bytes(16 * MIB), "<f4")) for i in range(9)]),
        "shape.responses": described("AAAA", [HUGE, HUGE, 2]),
        "digits.responses": described("0" * 8 * MIB, [8 * MIB, 1, 1]),
        "wide-base85.responses": described(base64.b85encode(bytes(range(4)) * 2 * MIB).decode(), [32768, 64, 4]),
        "wide-list.responses": "[" + ",".join(['{"routed_experts":[[[0,1]]]}'] * 2**16) + "]\n",
        "list.responses": "[\n" + "{},\n" * 4 * MIB + "{}]",
        "ids.responses": "".join(f'{{"id":"{i}"}}\n' for i in range(MIB)),
        "events.responses": "data: {}\n\n" * MIB,
        "brackets.json": "[" * MIB,
        "row.json": json.dumps({"logical_count": [[1, HUGE * 2**20]]}),
        "long.json": '{"logical_count":[[' + "1," * 8 * MIB + "1]]}",
        "rows.json": '{"logical_count":[' + "[1]," * 4 * MIB + "[1]]}",
        "wide.json": '{"logical_count":[' + ",".join(["[[" + "1," * 1023 + "1]]"] * 8192) + "]}",
        "wide.npy": npy("(32768, 128, 4)", bytes(range(4)) * 4 * MIB),
        "wide-infinity.npy": npy("(16384, 1, 1024)", b"\1" * 16 * MIB),
        "wide.responses": '{"routed_experts":[' + ",".join(["[" + "[1]," * 63 + "[1]]"] * 2**16) + "]}\n",
        "blank.jsonl.gz": gzip.compress(b"{\n" + b" " * 200 * MIB),
        "blank-31.jsonl.gz": gzip.compress(b"{\n" + b" " * 31 * MIB),
        "rest.jsonl.gz": gzip.compress(b"{\n" + b'"a":0,\n' * 10 * MIB),
        "length.tensorrt": safetensors("{}", length=2**63),
        "spaces.tensorrt": safetensors("{" + " " * 90 * MIB),
        "shape.tensorrt": safetensors('{"0_0":{"dtype":"I64","shape":[' + "0," * 8 * MIB + '0],"data_offsets":[0,0]}}'),
        "extent.tensorrt": safetensors(f'{{"0_0":{{"dtype":"I64","shape":[{HUGE},{HUGE}],"data_offsets":[0,8]}}}}', bytes(8)),
        "metadata.tensorrt": safetensors('{"__metadata__":' + "[" * 15 * MIB),
        "wide.tensorrt": tensors(250_000),
        "broken.tensorrt": tensors(250_000)[:-8],
        "tokens.megatron": routed(0, 0, 0, "[" + "[1]," * (4 * MIB) + "[1]]", HUGE),
        "wide.megatron": routed(0, 0, 0, "[" + "[1]," * (4 * MIB - 1) + "[1]]", 4 * MIB),
        "rows.megatron": routed(0, 0, 0, "[" + "[]," * 5 * MIB + "[]]"),
        "grid.megatron": "".join(routed(i, i % 4096, i, "[[1]]", 1) for i in range(60_000)),
        "empty.megatron": "".join(routed(i, i % 4096, 0) for i in range(200_000)),
        "overlap.npz": overlapping(2000),
        "raw-shape.tensorrt": safetensors(f'{{"0_0":{{"dtype":"I32","shape":[{HUGE},{HUGE}],"data_offsets":[0,8]}}}}', bytes(8)),
        "layers.tensorrt": tensors(250_000).replace(b"_0", b"_1", 1),
        "rows.megatroncounts": '{"iter":0,"layer":0,"tpe":[' + "[]," * 5 * MIB + "[]]}",
        "row.megatroncounts": '{"iter":0,"layer":0,"tpe":[' + "1," * 8 * MIB + "1]}",
        "grid.megatroncounts": "".join('{"iter":%d,"layer":%d,"tpe":[1]}\n' % (i, i % 4096) for i in range(60_000)),
        "wide.megatroncounts": '{"iter":0,"layer":0,"tpe":[' + "[1]," * (1 << 15) + "[1]]}",
        "passes.megatron": "".join(routed(0, 0, 0, "[[1]]", 1) for _ in range(60_000)) + "x",
        "iterations-hotness/decode_0.csv": b"1\n" * 2_000_000 + b"0\n",
        "rows-expert.csv": b"layer,expert,count\n" + b"".join(b"%d,%d,1\n" % (i >> 10, i & 1023) for i in range(600_000)),
        "wide-expert.csv": b"layer,expert,count\n" + b"".join(b"%d,%d,1\n" % (i >> 10, i & 1023) for i in range(500_000)),
        "line-expert.csv": b"layer,expert,count\n" + b"1" * 15 * MIB,
        "place-expert.csv": b"layer,expert,count\n4095,65535,1\n",
        "weight-weights.json": '{"weight":[[' + "1," * 8 * MIB + "1]]}",
        "lines.csv": b"\n" * 15 * MIB + b"x",
        "numbers.csv": b"1\n" * 8 * MIB,
        "row.csv": b"1," * 8 * MIB + b"1",
        "commas.csv": b"," * 15 * MIB,
        "numbers-routing.csv": b"1\n" * 8 * MIB,
        "row-routing.csv": b"1," * 8 * MIB + b"1",
        "decode_0.csv": b"1\n" * 8 * MIB,
    } | {f"{name}.pt": torch(pickle) for name, pickle in pickles.items()}
    with open("good.jsonl", "w") as file:
        file.write(tokens(2, experts=8))
    for name, content in cases.items():
        path = name
        if "/" in name:
            os.mkdir(os.path.dirname(name))
            with open(os.path.join(os.path.dirname(name), "model_gen_config.json"), "w") as file:
                json.dump({"num_moe_layers": 1}, file)
        if name.endswith(".tensorrt"):
            os.mkdir(name)
            path = os.path.join(name, "rank0.safetensors")
            with open(os.path.join(name, "meta_info.json"), "w") as file:
                json.dump({"num_experts": 1, "num_experts_per_token": 1}, file)
        with open(path, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
    os.remove("scratch")


FORMATS = {
    "npy": "routed-experts", "npz": "routed-experts", "pt": "sglang-recorder", "responses": "responses",
    "jsonl": "trace", "gz": "trace", "moetrace": "trace", "json": "counts", "tensorrt": "tensorrt-llm",
    "megatron": "megatron", "megatroncounts": "megatron-counts", "csv": "eplb-weights",
    "iterations-hotness": "hotness", "replay": "routing-replay", "logits": "router-logits",
}


def format_of(name):
    for part, format in {
        "calibrator": "tensorrt-llm-calibrator", "routing": "moe-comms", "decode_": "hotness", "infinity": "moe-infinity",
        "expert.csv": "expert-counts", "weights.json": "eplb-weights",
    }.items():
        if part in name:
            return format
    return FORMATS[name.rsplit(".")[-1]]


def size_of(path):
    if not os.path.isdir(path):
        return os.path.getsize(path)
    return sum(os.path.getsize(os.path.join(path, name)) for name in os.listdir(path))


def run(command, name, arguments):
    child = subprocess.Popen(
        [command, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        env=os.environ | {"SWIFT_BACKTRACE": "enable=no"})
    lines = child.stderr.read().count(b"\n")
    _, status, usage = os.wait4(child.pid, 0)
    peak = usage.ru_maxrss // (1024 if platform.system() == "Darwin" else 1)
    print(name, size_of(arguments[1]), os.waitstatus_to_exitcode(status), lines, peak)


def measure(command):
    run(command, "good", ["inspect", "good.jsonl"])
    for name in sorted(set(os.listdir()) - {"good.jsonl"}):
        format = format_of(name)
        batch = ["--batch", "decode", "--sequences", "1"] if format in ("routed-experts", "responses") else []
        batch = ["--top-k", "1"] if format == "router-logits" else batch
        source = os.path.join(name, "decode_0.csv") if format == "hotness" and os.path.isdir(name) else name
        run(command, f"convert:{name}", ["convert", source, "--from", format, "-o", os.path.join("..", "converted.moetrace"), *batch])
        if format == "trace":
            run(command, f"inspect:{name}", ["inspect", name])


os.chdir(sys.argv[-1])
make() if sys.argv[1] == "make" else measure(sys.argv[2])
