/// Numbers that an audit found to be wrong, or to mislead.
enum AuditInputs {
  static let machine = "--policy static --cluster h100-ib --ranks 8 --model sources-model.yaml"
  static let drift =
    "--cluster h100-ib-low-latency --ranks 16 --model deepseek-v2-lite --policy static --policy eplb:window=4,steps=4"

  static let rows = [
    FailingInput(
      "One sequence in a prefill step", in: "audit",
      .init(
        command: "convert one-sequence.npz --from routed-experts --batch prefill --tokens-per-step 64 -o {T}/o.moetrace"
      ),
      .init(
        command: "replay {T}/o.moetrace \(machine)", says: ["92.6 us"], saysNot: ["times the mean"]),
      .init(command: "replay one-sequence-even.jsonl \(machine)", says: ["92.6 us"], saysNot: ["times the mean"]),
      .init(
        command: "replay {T}/o.moetrace \(machine) --sources sequence", says: ["117 us", "8.0 times the mean"])),
    FailingInput(
      "Five sequences on sixteen ranks", in: "audit",
      .init(
        command: "convert {R}/esft-intent.npz {R}/esft-law.npz {R}/esft-translation.npz --from routed-experts "
          + "--batch prefill --tokens-per-step 512 -o {T}/d.moetrace"),
      .init(command: "replay {T}/d.moetrace \(drift)", says: ["98.0 ms"], saysNot: ["times the mean"]),
      .init(
        command: "replay {T}/d.moetrace \(drift) --sources sequence",
        says: ["190 ms", "6.0 times the mean", "sources: sequence"]),
      .init(command: "inspect {T}/d.moetrace --sources sequence", says: ["busiest source"])),
    FailingInput(
      "A fit keeps sources", in: "audit",
      .init(command: "fit sources-recorded.jsonl -o {T}/f.yaml"),
      .init(command: "generate {T}/f.yaml -o {T}/f.moetrace"),
      .init(command: "replay sources-recorded.jsonl \(machine)", says: ["568 us", "8.0 times the mean"]),
      .init(command: "replay {T}/f.moetrace \(machine)", says: ["8.0 times the mean", "sources: recorded"])),
  ]
}
