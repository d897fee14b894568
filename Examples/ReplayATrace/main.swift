import ExpertReplay

let job = try ReplayJob(
  trace: "traces/decode-256.moetrace", machine: Machine(named: "h100-ib-low-latency"),
  policies: [BalancingPolicy(named: "eplb"), BalancingPolicy(named: "oracle")], repeats: 12)
for policy in try job.run().policies {
  print(policy.name, Readable.time(policy.time.total), Readable.speed(policy.improvement.total))
}
