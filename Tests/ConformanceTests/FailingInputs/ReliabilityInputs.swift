/// Files and options that once trapped, hung, or were taken though nothing can be made of them.
enum ReliabilityInputs {
  static let machine = "--ranks 4 --model model-8-top8.yaml"
  static let replay = "replay tokens-8-top8.jsonl"
  static let counts = "replay counts-2e40.jsonl --cluster h100-ib --ranks 4 --model model-8-top2.yaml"

  static let rows = [
    row("A native frame of 2^63 tokens", "inspect maxtok.moetrace", 65),
    row("A native frame of 2^63 tokens, fitted", "fit maxtok.moetrace -o {T}/f.yaml", 65),
    row("A native frame of 2^63 tokens, converted", "convert maxtok.moetrace -o {T}/t.moetrace", 65),
    row("Counts beyond 64 bits", "inspect u64.jsonl", 65),
    row("A shape whose product overflows", "convert pickle-shape-overflow.pt -o {T}/o.jsonl", 65),
    row("A shape whose other product overflows", "convert pickle-shape-overflow-2.pt -o {T}/o.jsonl", 65),
    row("A folder without tensors", "convert tensorrt-empty --layers 0 -o {T}/o.jsonl", 65),
    row(
      "A load whose sum is infinite",
      "plan load-1e308.json --policy layer-budget --ranks 4 --nodes 2 --to json -o {T}/o.json", 65),
    row(
      "A latency of 1e308", "\(replay) --cluster cluster-latency-1e308.yaml \(machine) --policy static", 65, ["line"]),
    row(
      "A bandwidth of 1e-320",
      "advise tokens-8-top8.jsonl --cluster cluster-bandwidth-1e-320.yaml --model model-8-top8.yaml", 65, ["line"]),
    row(
      "Rates of 1e308", "\(replay) --cluster cluster-rates-1e308.yaml \(machine) --policy static --context 100", 65,
      ["line"]),
    row(
      "Rates of 1e308 as JSON",
      "\(replay) --cluster cluster-rates-1e308.yaml \(machine) --policy static --context 100 --format json", 65),
    row("A measurement of 5e-324 as JSON", "validate validate-5e-324.csv --format json", 65),
    row("A measurement of 5e-324", "validate validate-5e-324.csv", 65),
    row("2^63 threads", "\(replay) --cluster h100-ib \(machine) --threads 9223372036854775807", 64, ["threads"]),
    row(
      "−2^63 threads",
      "sweep tokens-8-top8.jsonl --cluster h100-ib \(machine) --points 2 --threads=-9223372036854775808", 64,
      ["threads"]),
    row("0 threads", "sweep tokens-8-top8.jsonl --cluster h100-ib \(machine) --points 2 --threads 0", 64, ["threads"]),
    row(
      "2^63 slots",
      "plan tokens-8-top8.jsonl --policy eplb --ranks 4 --slots 9223372036854775807 --to json -o {T}/o.json", 64),
    row("A context of 10^9", "\(replay) --cluster h100-ib \(machine) --context 1000000000", 64, ["100000000"]),
    row("A key that is an alias", "comm /dev/null --cluster yaml-alias-key.yaml", 65),
    row("2^40 tokens of no experts", "convert pickle-shape-hang.pt -o {T}/o.jsonl", 65),
    row("Legal counts of 2^40", "\(counts) --policy affinity:schedule.from=1", 0),
    row("2^40 tokens drawn", "\(counts) --policy token-to-expert:steps=1", nil),
    row("A workload that could not be generated", "fit counts-2e40.jsonl -o {T}/f.yaml", 65),
    row("65,536 ranks squared", "validate validate-65536-ranks.csv", 65),
    row("10^9 experts", "validate validate-1e9-experts.csv", 65),
    row(
      "Zip entries that overlap",
      "convert npz-overlapping-entries.npz --from routed-experts --batch prefill --tokens-per-step 1000 "
        + "-o {T}/o.moetrace", 65, ["overlap"]),
    row("Bytes that no packet lessens", "comm comm-9e18.csv --cluster moe-comms", 65),
    row("Steps of no tokens", "inspect zerotok.moetrace", 65),
    FailingInput(
      "A name with a newline", in: "reliability",
      .init(command: "fit name-newline-fit.jsonl -o {T}/f.yaml"),
      .init(command: "generate {T}/f.yaml -o {T}/g.jsonl")),
    FailingInput(
      "Control characters in names", in: "reliability",
      .init(
        command: "replay name-escapes.jsonl --cluster h100-ib --ranks 4 --model m.yaml --policy evilpol.yaml",
        saysNot: ["\u{1B}", "\u{07}"])),
  ]

  /// - Parameter status: nil for a result or a usage error.
  private static func row(_ name: String, _ command: String, _ status: Int32?, _ says: [String] = []) -> FailingInput {
    FailingInput(name, in: "reliability", .init(command: command, status: status, says: says))
  }
}
