"""What serving systems would have recorded of a trace's steps, in every format that is imported, written without their
libraries."""

import base64
import io
import json
import math
import pathlib
import pickle
import struct
import sys
import types
import zipfile
import zlib


def write_all(folder, name):
    """Recordings `NAME.*` of the trace in `NAME.jsonl`."""
    lines = pathlib.Path(folder, f"{name}.jsonl").read_text().splitlines()
    header, rows = json.loads(lines[0]), [json.loads(line) for line in lines[1:]]
    layers, experts = header["layers"], header["experts"]
    steps = [[row["experts"] for row in rows[first:first + layers]] for first in range(0, len(rows), layers)]
    counts = [[counted(layer, experts) for layer in step] for step in steps]

    def write(suffix, data):
        path = pathlib.Path(folder, name + suffix)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data if isinstance(data, bytes) else data.encode())

    for suffix, data in {**routes(steps, header), **of_ranks(steps, header), **of_counts(counts, header)}.items():
        write(suffix, data)


def counted(tokens, experts):
    row = [0] * experts
    for token in tokens:
        for expert in token:
            row[expert] += 1
    return row


def flat(values):
    return [one for value in values for one in flat(value)] if isinstance(values, list) else [values]


def numbers(kind, values):
    return struct.pack(f"<{len(values)}{kind}", *values)


def npy(kind, shape, data):
    head = f"{{'descr': '<{kind}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    head += b" " * (63 - (10 + len(head)) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(head).to_bytes(2, "little") + head + data


def safetensors(tensors):
    """Of 64-bit numbers, one row each."""
    entries = {name: {"dtype": "I64", "shape": [len(row)], "data_offsets": [8 * len(row) * place, 8 * len(row) * (place + 1)]}
               for place, (name, row) in enumerate(tensors.items())}
    head = json.dumps(entries).encode()
    return len(head).to_bytes(8, "little") + head + b"".join(numbers("q", row) for row in tensors.values())


class Tensor:
    """Of 32-bit numbers, as `torch.save` would take it."""

    def __init__(self, shape, values):
        self.shape, self.values = tuple(shape), values


def torch_file(value):
    """A file as `torch.save` writes it."""
    # What a pickle names has to be there; nobody calls it.
    torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")

    def rebuild(*_):
        pass

    rebuild.__module__, rebuild.__qualname__ = "torch._utils", "_rebuild_tensor_v2"
    utils._rebuild_tensor_v2 = rebuild
    torch._utils = utils
    torch.IntStorage = type("IntStorage", (), {"__module__": "torch"})
    storages = []

    class Storage:
        def __init__(self, values):
            self.values = values

    class Pickler(pickle._Pickler):
        def persistent_id(self, thing):
            if not isinstance(thing, Storage):
                return None
            storages.append(thing.values)
            return ("storage", torch.IntStorage, str(len(storages) - 1), "cpu", len(thing.values))

        def reducer_override(self, thing):
            if not isinstance(thing, Tensor):
                return NotImplemented
            strides = tuple(math.prod(thing.shape[axis + 1:]) for axis in range(len(thing.shape)))
            return rebuild, (Storage(thing.values), 0, thing.shape, strides, False, {})

    found = {name: sys.modules.get(name) for name in ("torch", "torch._utils")}
    sys.modules.update({"torch": torch, "torch._utils": utils})
    try:
        buffer = io.BytesIO()
        Pickler(buffer, 2).dump(value)
    finally:
        for module, before in found.items():
            if before is None:
                del sys.modules[module]
            else:
                sys.modules[module] = before
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("archive/data.pkl", buffer.getvalue())
        for place, values in enumerate(storages):
            archive.writestr(f"archive/data/{place}", numbers("i", values))
    return file.getvalue()


def routes(steps, header):
    """Of requests, each a step; and of logits, of which every chosen expert's is larger than all others'."""
    layers, top_k, experts, tokens = header["layers"], header["topK"], header["experts"], len(steps[0][0])
    nested = [[layer[token] for layer in step] for step in steps for token in range(tokens)]
    ids, shape = flat(nested), (len(nested), layers, top_k)
    arrays = {f".{kind}.npy": npy(kind, shape, numbers(code, ids)) for kind, code in [("u1", "B"), ("i2", "h"), ("i4", "i")]}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("arr_0.npy", arrays[".i2.npy"])
    responses = "".join(
        json.dumps({"choices": [{"routed_experts": nested[first:first + tokens]}]}) + "\n"
        for first in range(0, len(nested), tokens))
    logits = []
    for layer in range(layers):
        for step in steps:
            for chosen in step[layer]:
                row = [0.0] * experts
                for place, expert in enumerate(chosen):
                    row[expert] = float(top_k - place)
                logits += row
    return {
        **arrays, ".npz": packed.getvalue(), ".responses.jsonl": responses,
        ".logits.npy": npy("f4", (layers, len(nested), experts), numbers("f", logits)),
        ".routing.csv": "".join(",".join(map(str, token)) + "\n" for step in steps for token in step[0])}


def of_ranks(steps, header):
    """Tokens of one rank, step by step."""
    layers, top_k, tokens = header["layers"], header["topK"], len(steps[0][0])
    records = [
        {"forward_pass_id": number, "rank": 0, "gatherer_key": "primary", "input_ids": list(range(tokens)),
         "positions": list(range(tokens)), "extend_seq_lens": [tokens], "forward_mode": 1,
         "topk_ids_of_layer": Tensor((layers, tokens, top_k), flat(step)), "misc_objects": []}
        for number, step in enumerate(steps)]
    mapping = Tensor((layers, header["experts"]), list(range(header["experts"])) * layers)
    replay = [[Tensor((tokens, top_k), flat(step[layer])) for step in steps] for layer in range(layers)]
    iterations = [
        {"iteration": number,
         "metadata": [{"layer_idx": layer, "num_slots": header["experts"], "token_selected_slots_shape": [tokens, top_k]}
                      for layer in range(layers)],
         "raw_data": base64.b64encode(zlib.compress(numbers("i", flat(step)))).decode()}
        for number, step in enumerate(steps)]
    megatron = "".join(
        json.dumps({"step": number, "stage": "pre_dispatch", "block": "decoder", "layer": layer, "rank": 0,
                    "num_tokens": tokens, "topk": top_k, "top_indices": chosen}) + "\n"
        for number, step in enumerate(steps) for layer, chosen in enumerate(step))
    return {
        ".recorder.pt": torch_file({"records": records, "last_physical_to_logical_map": mapping}),
        ".replay.pt": torch_file(replay),
        ".calibrator.json": json.dumps({"world_size": 1, "all_ranks_records": [iterations]}),
        ".megatron.jsonl": megatron}


def of_counts(counts, header):
    """Tokens by expert."""
    layers, experts, top_k = header["layers"], header["experts"], header["topK"]
    shape = (len(counts), layers, experts)
    rows = [(number, layer, row) for number, step in enumerate(counts) for layer, row in enumerate(step)]
    shares = [[[count / sum(row) for count in row] for row in step] for step in counts]
    return {
        ".counts.json": json.dumps({"logical_count": counts}),
        ".activations.npy": npy("f4", shape, numbers("f", flat(counts))),
        ".tpe.jsonl": "".join(json.dumps({"iter": number, "layer": layer, "tpe": [row]}) + "\n" for number, layer, row in rows),
        ".shares.json": json.dumps({"fraction": shares}),
        # As many layers as there are of all steps, as these hold one step.
        ".weights.json": json.dumps({"weight": [row for _, _, row in rows]}),
        ".expert-counts.csv": "layer,expert,count\n" + "".join(
            f"{place},{expert},{count}\n" for place, (_, _, row) in enumerate(rows) for expert, count in enumerate(row)),
        ".hotness/decode_0.csv": "".join(",".join(map(str, row)) + "\n" for _, _, row in rows),
        ".tensorrt/meta_info.json": json.dumps({"num_experts": experts, "num_experts_per_token": top_k}),
        ".tensorrt/rank0.safetensors": safetensors({f"{number}_{layer}": row for number, layer, row in rows})}
