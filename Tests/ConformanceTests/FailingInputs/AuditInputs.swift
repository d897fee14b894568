/// Numbers that an audit found to be wrong, or to mislead.
enum AuditInputs {
  static let machine = "--policy static --cluster h100-ib --ranks 8 --model sources-model.yaml"
  static let drift =
    "--cluster h100-ib-low-latency --ranks 16 --model deepseek-v2-lite --policy static --policy eplb:window=4,steps=4"

  static let rows = [
    FailingInput(
      "An expert that takes 403 ms and has 5", in: "audit",
      .init(
        command: "replay overlapped.jsonl --policy overlapped-policy.yaml --cluster overlapped-cluster.yaml "
          + "--model overlapped-model.yaml",
        says: ["0.500", "p is in total as fast as static", "the first plan served in 0 of 1 layers"],
        saysNot: ["0.950", "44.2 %"])),
    FailingInput(
      "A decode of 24 steps that ends before its experts arrive", in: "audit",
      .init(
        command: "replay {root}/traces/decode-256.moetrace --cluster h100-ib-low-latency --model deepseek-v3 "
          + "--policy greedy --policy eplb",
        says: [
          "1.3 % faster", "communication 1.5 % faster", "is too short to say", "the first plan served in 1 of 3 layers",
        ],
        saysNot: ["39.9 %"])),
    FailingInput(
      "One sequence in a prefill step", in: "audit",
      .init(
        command: "convert one-sequence.npz --from routed-experts --batch prefill --tokens-per-step 64 -o {T}/o.moetrace"
      ),
      .init(
        command: "replay {T}/o.moetrace \(machine)", says: ["Comm us", " 92.6 |"], saysNot: ["times the mean"]),
      .init(
        command: "replay one-sequence-even.jsonl \(machine)", says: ["Comm us", " 92.6 |"], saysNot: ["times the mean"]),
      .init(
        command: "replay {T}/o.moetrace \(machine) --sources sequence", says: [" 117 |", "8.0 times the mean"])),
    FailingInput(
      "Five sequences on sixteen ranks", in: "audit",
      .init(
        command: "convert {R}/esft-intent.npz {R}/esft-law.npz {R}/esft-translation.npz --from routed-experts "
          + "--batch prefill --tokens-per-step 512 -o {T}/d.moetrace"),
      .init(command: "replay {T}/d.moetrace \(drift)", says: ["Comm ms", " 98.0 |"], saysNot: ["times the mean"]),
      .init(
        command: "replay {T}/d.moetrace \(drift) --sources sequence",
        says: [" 190 |", "6.0 times the mean", "sources: sequence"]),
      .init(command: "inspect {T}/d.moetrace --sources sequence", says: ["busiest source"])),
    FailingInput(
      "A fit keeps sources", in: "audit",
      .init(command: "fit sources-recorded.jsonl -o {T}/f.yaml"),
      .init(command: "generate {T}/f.yaml -o {T}/f.moetrace"),
      .init(command: "replay sources-recorded.jsonl \(machine)", says: [" 568 |", "8.0 times the mean"]),
      .init(command: "replay {T}/f.moetrace \(machine)", says: ["8.0 times the mean", "sources: recorded"])),
  ]
}
