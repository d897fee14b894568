"""The commands that write, each with what it writes, and the files that they start from."""

import os
import shutil
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

WORKLOAD = """name: small
experts: 32
topK: 4
layers: 4
steps: 60
tokensPerStep: 96
phase: decode
seed: 3
popularity: {kind: log-normal, sigma: 1.2}
"""
STUDY = """name: small
traces: [t.moetrace]
clusters: [h100-cx7]
ranks: [8]
policies: [eplb, fractional]
seeds: [0, 1, 2]
models: [m.yaml]
"""
MODEL = """name: small
layers: 4
moeLayers: 4
experts: 32
topK: 4
hidden: 1024
expertIntermediate: 512
weights: fp8
dispatch: {dtype: fp8, scaleBlock: 128}
combine: {dtype: bf16}
"""


class Command:
    def __init__(self, arguments, *outputs, replaces=True, many=False, grows=False):
        """
        - replaces: whether its outputs hold something old before.
        - many: whether it writes several files, of which some may be complete when another fails.
        - grows: whether it adds to what is there, piece by piece, each complete.
        """
        self.arguments, self.outputs = arguments.split(), outputs
        self.replaces, self.many, self.grows = replaces, many, grows
        self.name = " ".join(word for word in self.arguments if not word.startswith("/"))


REPLAY = "replay t.moetrace --cluster h100-cx7 --ranks 8 --model m.yaml --policy eplb"
COMMANDS = [
    Command("generate w.yaml -o out.moetrace", "out.moetrace"),
    Command("generate w.yaml -o out.jsonl.gz", "out.jsonl.gz", replaces=False),
    Command("convert t.moetrace --from trace -o out.jsonl", "out.jsonl"),
    Command("convert t.moetrace --from trace -o t.moetrace"),
    Command("convert routed.npz --experts 16 --layers 1,2 --batch prefill --tokens-per-step 2 -o out.moetrace", "out.moetrace"),
    Command("convert params.py --from moe-comms-params -o out", "out-cluster.yaml", "out-model.yaml", "out-workload.yaml",
            many=True),
    Command("fit t.moetrace -o out.yaml", "out.yaml"),
    Command("plan t.moetrace --model m.yaml --policy eplb --ranks 8 --to json -o out.json", "out.json"),
    Command("plan t.moetrace --model m.yaml --policy eplb --ranks 8 --to deepseek-eplb -o out.npz", "out.npz"),
    Command("inspect t.moetrace --format json -o out.json", "out.json"),
    Command(f"{REPLAY} --format json -o out.json", "out.json"),
    Command(f"{REPLAY} --format html -o out.html --per-step steps.csv --matrix matrix.csv", "out.html", "steps.csv",
            "matrix.csv", many=True),
    Command(f"{REPLAY} --format perfetto -o out.pftrace", "out.pftrace"),
    Command("report result.json -o out.html --format html", "out.html"),
    Command("screen t.moetrace --cluster h100-cx7 --ranks 8 --model m.yaml --format json"),
    Command("advise t.moetrace --cluster h100-cx7 --ranks 8 --model m.yaml --format json"),
    Command("sweep t.moetrace --cluster h100-ib --ranks 8 --model m.yaml --points 2 --format csv"),
    Command("comm m.csv --cluster moe-comms --log out.csv", "out.csv"),
    Command("validate h800-deepep-normal --format json -o out.json", "out.json"),
    Command("study plan s.yaml --sample 0 -o out.jsonl", "out.jsonl"),
    Command("study run r.jsonl", grows=True),
    Command("study collect s.jsonl -o out.sqlite", replaces=False, grows=True),
    Command("study table s.sqlite --format csv -o out.csv", "out.csv"),
    Command("manual"), Command("list policies"),
]


def prepare(tool, folder):
    """Makes what the commands start from; it is the same for all."""
    os.mkdir(folder)
    os.chmod(folder, 0o755)
    for name, text in [("w.yaml", WORKLOAD), ("m.yaml", MODEL), ("s.yaml", STUDY),
                       ("m.csv", "0,1000,20,3\n5,0,70000,8\n9,10,0,12\n13,14,15,0\n")]:
        with open(os.path.join(folder, name), "w") as file:
            file.write(text)
    shutil.copy(os.path.join(ROOT, "Tests/TraceImportTests/Fixtures/routed.npz"), folder)
    with open(os.path.join(ROOT, "Tests/PresetsTests/PacketProgramTests.swift"), encoding="utf-8") as file:
        text = file.read().split('static let text = """\n')[1].split('"""')[0]
    with open(os.path.join(folder, "params.py"), "w") as file:
        file.write("\n".join(line[4:] for line in text.split("\n")))
    environment = {**os.environ, "EXPERT_REPLAY_HOME": ROOT}
    for arguments in ["generate w.yaml -o t.moetrace", f"{REPLAY} --format json -o result.json",
                      "study plan s.yaml --sample 0 -o s.jsonl", "study run s.jsonl"]:
        subprocess.run([tool, *arguments.split()], cwd=folder, env=environment, check=True, capture_output=True)
    # The same study, not run yet.
    shutil.copy(os.path.join(folder, "s.jsonl"), os.path.join(folder, "r.jsonl"))
