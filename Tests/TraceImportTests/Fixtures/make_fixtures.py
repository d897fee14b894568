"""Writes the fixtures of the imports from data of our own, with the libraries that write them in the field.

Usage: make_fixtures.py [NAME…], a name being one of the functions listed at the end, all of them without any. They
need numpy; tensorrt also safetensors, and sglang torch (2.15, its CPU build is enough), all from PyPI.
"""

import base64
import io
import json
import os
import sys
import zipfile
import zlib

import numpy

LAYERS, EXPERTS, TOP_K = 3, 16, 2  # layer 0 is dense where a format records all hidden layers
folder = os.path.dirname(os.path.abspath(__file__))


def path(name):
    full = os.path.join(folder, name)
    os.makedirs(os.path.dirname(full), exist_ok=True)
    return full


def choice(step, layer, token):
    """Two distinct experts of 16 by a rule that a test can repeat."""
    first = (5 * step + 3 * layer + 7 * token) % EXPERTS
    return [first, (first + 1 + token) % EXPERTS]


def sequence(index, tokens, dtype):
    array = numpy.zeros((tokens, LAYERS, TOP_K), dtype=dtype)
    for token in range(tokens):
        for layer in range(1, LAYERS):
            array[token, layer] = choice(index, layer, token)
    return array


def npy(array):
    buffer = io.BytesIO()
    numpy.save(buffer, array)
    return buffer.getvalue()


def responses():
    encode = lambda data: base64.b64encode(data).decode()
    with open(path("vllm.jsonl"), "w") as file:
        for index, tokens in ((0, 3), (1, 2)):
            routed = encode(npy(sequence(index, tokens, numpy.uint8)))
            choices = [{"index": 0, "text": "…", "routed_experts": routed}]
            file.write(json.dumps({"id": str(index), "choices": choices, "usage": None}) + "\n")
    with open(path("vllm-lists.jsonl"), "w") as file:
        for index, tokens in ((0, 3), (1, 2)):
            routed = sequence(index, tokens, numpy.uint8).tolist()
            file.write(json.dumps({"choices": [{"routed_experts": routed}]}) + "\n")
    for name, dtype in (("int32", "<i4"), ("uint8", "|u1")):
        with open(path(f"sglang-{name}.jsonl"), "w") as file:
            for index, tokens in ((0, 3), (1, 2)):
                meta = {"id": str(index), "routed_experts": encode(sequence(index, tokens, dtype).tobytes())}
                if name != "int32":
                    meta["routed_experts_dtype"] = name
                file.write(json.dumps({"text": "…", "meta_info": meta}) + "\n")


def arrays():
    numpy.save(path("routed.npy"), sequence(0, 3, numpy.uint16))
    numpy.save(path("routed-fortran.npy"), numpy.asfortranarray(sequence(0, 3, numpy.int64)))
    with zipfile.ZipFile(path("routed.npz"), "w", zipfile.ZIP_DEFLATED) as archive:
        for index, tokens in ((0, 3), (1, 2)):
            info = zipfile.ZipInfo(f"sequence_{index}.npy", (1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, npy(sequence(index, tokens, numpy.uint8)))
    counts = numpy.arange(2 * 2 * 4, dtype=numpy.float32).reshape(2, 2, 4)
    numpy.save(path("activations.npy"), counts)
    numpy.save(path("weights.npy"), counts[1].astype(numpy.int64))
    numpy.savetxt(path("weights.csv"), counts[1], fmt="%d", delimiter=",")
    with open(path("weights.json"), "w") as file:
        json.dump({"weight": counts[1].astype(int).tolist()}, file)
    for rank in range(2):
        numpy.savetxt(path(f"hotness/decode_{rank}.csv"), counts[1][:, 2 * rank : 2 * rank + 2], fmt="%d", delimiter=",")


def tensorrt():
    from safetensors.numpy import save_file

    with open(path("tensorrt/meta_info.json"), "w") as file:
        json.dump({"num_experts": 4, "num_experts_per_token": 2}, file)
    for rank in range(2):
        tensors = {
            f"{iteration}_{layer}": numpy.arange(4, dtype=numpy.int64) + 10 * iteration + layer + rank
            for iteration in range(2)
            for layer in (3, 4)
        }
        save_file(tensors, path(f"tensorrt/rank{rank}.safetensors"))
    with open(path("tensorrt-raw/meta_info.json"), "w") as file:
        json.dump({"num_experts": EXPERTS, "num_experts_per_token": TOP_K}, file)
    for rank, tokens in ((0, 2), (1, 1)):
        raw = {
            f"6_{layer}": numpy.array([choice(6, layer, 4 * rank + token) for token in range(tokens)], numpy.int32)
            for layer in (3, 4)
        }
        counts = {key: numpy.bincount(ids.flatten(), minlength=EXPERTS) for key, ids in raw.items()}
        save_file(counts, path(f"tensorrt-raw/rank{rank}.safetensors"))
        save_file(raw, path(f"tensorrt-raw/rank{rank}_raw.safetensors"))
    records = []
    for rank in range(2):
        iterations = []
        for iteration in range(2):
            chunks = [(layer, [choice(iteration, layer, 4 * rank + token) for token in range(2)]) for layer in (3, 4)]
            raw = b"".join(numpy.array(ids, dtype="<i4").tobytes() for _, ids in chunks)
            metadata = [
                {"layer_idx": layer, "num_slots": EXPERTS, "token_selected_slots_shape": [2, TOP_K]}
                for layer, _ in chunks
            ]
            data = base64.b64encode(zlib.compress(raw)).decode()
            iterations.append({"iteration": iteration, "metadata": metadata, "raw_data": data})
        records.append(iterations)
    with open(path("calibrator.json"), "w") as file:
        json.dump({"world_size": 2, "all_ranks_records": records}, file)


def megatron():
    for rank in range(2):
        with open(path(f"router_trace_rank{rank}.jsonl"), "w") as file:
            for step in range(2):
                for layer in (3, 4):
                    indices = [choice(step, layer, 4 * rank + token) for token in range(2)]
                    line = {"step": step, "stage": "pre_dispatch", "block": "decoder", "layer": layer, "rank": rank}
                    line |= {"num_tokens": 2, "topk": TOP_K, "top_indices": indices}
                    file.write(json.dumps(line) + "\n")


def per_token(ids, mode, choices):
    """SGLang writes ids as a list, one for each row of the choices."""
    import torch

    return {
        "input_ids": ids,
        "positions": list(range(len(ids))),
        "extend_seq_lens": [len(ids)],
        "forward_mode": mode,
        "topk_ids_of_layer": torch.from_numpy(choices),
        "misc_objects": [],
    }


def sglang():
    import torch

    counts = numpy.zeros((3, LAYERS, 4), dtype=numpy.int32)
    counts[0, 1:] = [[1, 2, 3, 4], [5, 6, 7, 8]]
    counts[2, 1:] = [[4, 3, 2, 1], [8, 7, 6, 5]]
    torch.save({"rank": 0, "logical_count": torch.from_numpy(counts), "average_utilization_rate_over_window": None}, path("stat.pt"))
    # Six slots: experts 3 and 0 have two each.
    mapping = numpy.array([[0, 1, 2, 3, 3, 0]] * LAYERS, dtype=numpy.int64)
    for rank in range(2):
        records, tokens = [], []
        for forward in range(2):
            count = numpy.zeros((LAYERS, 6), dtype=numpy.int32)
            count[1:] = [[1, 2, 3, 4, 5, 6], [6, 5, 4, 3, 2, 1]]
            common = {"forward_pass_id": 7 + forward, "rank": rank, "gatherer_key": "primary"}
            records.append(common | {"global_physical_count": torch.from_numpy(count * (rank + 1))})
            # SGLang has room for eight experts, whatever the router's top-k.
            choices = numpy.full((LAYERS, 3, 8), -1, dtype=numpy.int32)
            kept = [0, 1] if rank == 0 else [0, 2]
            choices[1, kept, :2] = [[5, 1], [4, 2]]
            choices[2, kept, :2] = [[0, 3], [2, 1]]
            ids = numpy.zeros(3, dtype=int)
            ids[kept] = [1000 * rank + 10 * forward + 1, 1000 * rank + 10 * forward + 2]
            # Both ranks prefill, then rank 0 decodes.
            tokens.append(common | per_token(ids.tolist(), 2 if (rank, forward) == (0, 1) else 1, choices))
        idle = {"forward_pass_id": 9, "rank": rank, "gatherer_key": "primary"}
        tokens.append(idle | per_token([], 4, numpy.zeros((LAYERS, 0, 8), dtype=numpy.int32)))
        end = {"last_physical_to_logical_map": torch.from_numpy(mapping)}
        torch.save({"records": records} | end, path(f"per_pass_{rank}.pt"))
        torch.save({"records": tokens} | end, path(f"per_token_{rank}.pt"))


def endpoints():
    """Answers of other endpoints than the plain ones, each of sequences 0 (three tokens) and 1 (two)."""
    encode = lambda data: base64.b64encode(data).decode()
    arrays = [sequence(index, tokens, numpy.int16) for index, tokens in ((0, 3), (1, 2))]
    write = lambda name, texts: open(path(name), "w").writelines(text + "\n" for text in texts)
    raw = [encode(array.astype("<i4").tobytes()) for array in arrays]

    # vLLM 0.21: the prompt's routes once for a response, a completion's with its choice; null for an aborted request.
    halves = lambda array, prompt: (encode(npy(array[:prompt])), encode(npy(array[prompt:])))
    parts = {"a": halves(arrays[0], 2), "b": (None, None), "c": halves(arrays[1], 1)}
    split = [
        {"id": name, "prompt_routed_experts": prompt, "choices": [{"index": 0, "routed_experts": completion}]}
        for name, (prompt, completion) in parts.items()
    ]
    write("vllm-prompt.jsonl", map(json.dumps, split))
    # A stream of server-sent events: only the last chunk of a request has its routes.
    chunks = []
    for name, array in zip("ab", arrays):
        for routes in (None, None, encode(npy(array))):
            chunk = {"id": name, "object": "chat.completion.chunk", "choices": [{"index": 0, "routed_experts": routes}]}
            chunks += ["data: " + json.dumps(chunk), ""]
    write("vllm-stream.txt", [": keep-alive", "event: message", *chunks, "data: [DONE]"])
    # SGLang's OpenAI endpoints: in the choice (older versions), at the top of the response (0.5.23).
    write("sglang-chat.jsonl", [
        json.dumps({"id": "a", "choices": [{"index": 0, "sgl_ext": {"routed_experts": raw[0]}}], "sglext": None}),
        json.dumps({"id": "b", "choices": [{"index": 0, "sgl_ext": None}], "sglext": {"routed_experts": raw[1]}}),
    ])
    # /generate with two prompts, as one line and as a document.
    batch = [{"text": "…", "meta_info": {"id": str(i), "routed_experts": text}} for i, text in enumerate(raw)]
    write("sglang-batch.jsonl", [json.dumps(batch)])
    write("sglang-batch.json", [json.dumps(batch, indent=1)])
    # Dynamo and prime-rl: base 85 and a shape (the type follows from the length), then base64 with a type; twice over.
    shape = lambda array, data, **more: {"data": data, "shape": list(array.shape), **more}
    first = shape(arrays[0], base64.b85encode(arrays[0].tobytes()).decode())
    second = shape(arrays[1], encode(arrays[1].astype(numpy.uint8).tobytes()), start=0, dtype="uint8")
    write("dynamo.jsonl", [
        json.dumps({"id": "a", "choices": [{"index": 0}], "nvext": {"routed_experts": first}}),
        json.dumps({"id": "b", "nvext": {"engine_data": {"routed_experts": second}, "routed_experts": second}}),
    ])


def batches():
    """verl's batch of two sequences, three and two tokens, padded at both ends; shared experts; a router's logits."""
    padded = numpy.zeros((2, 5, LAYERS, TOP_K), dtype=numpy.uint8)
    padded[0, 1:4] = sequence(0, 3, numpy.uint8)
    padded[1, 2:4] = sequence(1, 2, numpy.uint8)
    numpy.save(path("batch.npy"), padded)
    routed = sequence(0, 12, numpy.uint8)[:, 1:]
    shared = numpy.full((12, LAYERS - 1, 1), EXPERTS, dtype=numpy.uint8)
    numpy.save(path("shared.npy"), numpy.concatenate([routed, shared], axis=2))
    logits = numpy.zeros((LAYERS - 1, 3, EXPERTS), dtype=numpy.float32)
    for layer in range(1, LAYERS):
        for token in range(3):
            first, second = choice(0, layer, token)
            logits[layer - 1, token, [first, second]] = [2, 1]
    numpy.savez(path("logits.npz"), *logits)


WRITERS = {writer.__name__: writer for writer in (responses, arrays, tensorrt, megatron, sglang, endpoints, batches)}
for name in sys.argv[1:] or WRITERS:
    WRITERS[name]()
