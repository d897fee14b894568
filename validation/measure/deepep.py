#!/usr/bin/env python3
"""Makes a validation table of what DeepEP's own tests printed.

    for t in 1 2 4 8 16 32 64 128; do
      echo "# tokens=$t hidden=7168 experts=256 topk=8 ranks=8"
      python3 tests/test_low_latency.py --num-tokens $t --hidden 7168 --num-experts 256 --num-topk 8
    done | tee deepep.log
    python3 deepep.py deepep.log --on gpu=h100 --on kernel=deepep-low-latency --source "DeepEP 1.2" -o mine.csv

Lines that are read (deepseek-ai/DeepEP, tests/test_low_latency.py, test_intranode.py, test_internode.py):

    [rank 0] Dispatch bandwidth: 38.23 GB/s, avg_t=195.12 us | Combine bandwidth: 40.01 GB/s, avg_t=366.10 us
    [config] num_tokens=4096, hidden=7168, num_topk=8
    [tuning] Best dispatch (FP8): SMs 24, NVL chunk 20, 300.10 GB/s (NVL), t: 530.00 us
    [tuning] Best dispatch (FP8): SMs 24, NVL chunk 20, RDMA chunk 16: 31 + 1910 us, 45.00 GB/s (RDMA), 80.00 GB/s (NVL)
    [tuning] Best combine: SMs 24, NVL chunk 4: 310.00 GB/s (NVL), t: 990.00 us

A line `# key=value …` says what the tests do not print: `tokens` of a rank, `hidden`, `experts`, `topk`, `ranks`, and
for test_internode.py `groups` (its nodes) and `groups_per_token`; it holds until the next one. A low-latency row is the
mean over ranks; its rates have to be those of so many tokens, of which the test masks ten choices. Notify, the first of
two times, is left out. Older versions print rates alone: a time then is the expected bytes over the rate.
"""

import re

import measurement_table as table

SETTING = re.compile(r"^#\s*(\w+=\d+(?:\s+\w+=\d+)*)\s*$")
LOW_LATENCY = re.compile(
    r"^\[rank (\d+)\] Dispatch bandwidth: ([\d.]+) GB/s, avg_t=([\d.]+) us \| "
    r"Combine bandwidth: ([\d.]+) GB/s, avg_t=([\d.]+) us")
CONFIG = re.compile(r"^\[config\] (.*)$")
BEST = re.compile(r"^\[tuning\] Best (dispatch \(FP8\)|combine): (.*)$")
TWO_TIMES = re.compile(r"([\d.]+) \+ ([\d.]+) us")
ONE_TIME = re.compile(r"\bt: ([\d.]+) us")
RATE = re.compile(r"([\d.]+) GB/s \((RDMA|NVL)\)")
CONFIG_NAMES = {"num_tokens": "tokens", "hidden": "hidden", "num_topk": "topk", "num_experts": "experts",
                "num_topk_groups": "groups_per_token"}
MASKED_CHOICES = 10


def missed(pool, share, drawn):
    """Probability that so many different experts of a pool miss a share of them."""
    probability = 1.0
    for index in range(drawn):
        probability *= max(0.0, pool - share - index) / (pool - index)
    return probability


def copies(row, parts):
    """Different parts of all experts that a token visits, in expectation."""
    if "groups" not in row:
        return parts * (1 - missed(row["experts"], row["experts"] / parts, row["topk"]))
    # DeepEP's groups are its nodes.
    group = row["experts"] / row["groups"]
    pool = row["groups_per_token"] * group
    return row["groups_per_token"] * (1 - missed(pool, group, row["topk"])) if parts == row["groups"] else None


class Reader:
    def __init__(self):
        self.settings, self.ranks, self.best, self.rows = {}, {}, {}, []
        self.metadata = ""

    def need(self, place, names):
        missing = [name for name in names if name not in self.settings]
        if missing:
            table.fail(f"{place}: {', '.join(missing)} not known; add a line '# {missing[0]}=…' above the output")
        row = dict(self.settings)
        if ("groups" in row) != ("groups_per_token" in row):
            table.fail(f"{place}: groups and groups_per_token go together; add both in a line '# …' above")
        return row

    def low_latency(self, place, found):
        row = self.need(place, ["tokens", "hidden", "experts", "topk", "ranks"])
        rank, dispatch_rate, dispatch, combine_rate, combine = int(found[1]), *map(float, found.groups()[1:])
        selections = row["tokens"] * row["topk"]
        for name, rate, time, size in [("dispatch", dispatch_rate, dispatch, row["hidden"] * 33 / 32 + 16),
                                       ("combine", combine_rate, combine, 2 * row["hidden"])]:
            counted = rate * 1e3 * time / size
            # Rates have two decimals.
            slack = 0.01 * selections + 0.01 * 1e3 * time / size
            if not selections - MASKED_CHOICES - slack <= counted <= selections + slack:
                table.fail(f"{place}: {name} has {counted:.0f} choices of hidden {row['hidden']}, "
                           f"but {row['tokens']} tokens make {selections}")
        if rank in self.ranks:
            self.finish()
        self.ranks[rank] = (dispatch, combine)
        self.row, self.metadata = row, ", metadata: 16 B"
        if len(self.ranks) == row["ranks"]:
            self.finish()

    def finish(self):
        if not self.ranks:
            return
        for index, name in enumerate(["dispatch_us", "combine_us"]):
            self.row[name] = sum(times[index] for times in self.ranks.values()) / len(self.ranks)
        self.rows.append(self.row)
        self.ranks = {}

    def tuned(self, place, operation, text):
        row = self.need(place, ["tokens", "hidden", "experts", "topk", "ranks"])
        self.best[operation] = self.time(place, row, operation, text)
        if len(self.best) == 2:
            row["dispatch_us"], row["combine_us"] = self.best["dispatch (FP8)"], self.best["combine"]
            self.rows.append(row)
            self.best = {}

    def time(self, place, row, operation, text):
        if found := TWO_TIMES.search(text):
            return float(found[2])
        if found := ONE_TIME.search(text):
            return float(found[1])
        rates = {name: float(rate) for rate, name in RATE.findall(text)}
        size = row["hidden"] * (33 / 32 if operation.startswith("dispatch") else 2)
        parts, rate = (row["groups"], rates.get("RDMA")) if "groups" in row else (row["ranks"], rates.get("NVL"))
        if not rate:
            table.fail(f"{place}: neither a time nor a rate")
        return row["tokens"] * copies(row, parts) * size / (rate * 1e3)

    def read(self, path, number, line):
        place = f"{path}: line {number}"
        if found := SETTING.match(line):
            self.finish()
            self.settings = {key: int(value) for key, value in (pair.split("=") for pair in found[1].split())}
        elif found := CONFIG.match(line):
            for key, value in re.findall(r"(\w+)=(\d+)", found[1]):
                if key in CONFIG_NAMES:
                    self.settings[CONFIG_NAMES[key]] = int(value)
        elif found := LOW_LATENCY.match(line):
            self.low_latency(place, found)
        elif found := BEST.match(line):
            self.tuned(place, found[1], found[2])


def main():
    options = table.parser(__doc__.splitlines()[0]).parse_args()
    reader = Reader()
    for path, number, line in table.lines(options.logs):
        reader.read(path, number, line)
    reader.finish()
    columns = ["ranks", "hidden", "experts", "topk", "tokens", "dispatch_us", "combine_us"]
    limited = [row for row in reader.rows if "groups" in row]
    if limited and len(limited) != len(reader.rows):
        table.fail("tests between nodes and on one node: make a table of each")
    front = [("kind", "all-to-all"), ("gate", "limited" if limited else "uniform"),
             ("dispatch", f"{{dtype: fp8, scaleBlock: 128{reader.metadata}}}"), ("combine", "{dtype: bf16}")]
    if limited:
        columns[4:4] = ["groups", "groups_per_token"]
    table.write(options, front, columns, reader.rows)


if __name__ == "__main__":
    main()
