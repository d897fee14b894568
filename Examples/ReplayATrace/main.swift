import ExpertReplay

let job = try ReplayJob(
  trace: "traces/decode-256.moetrace", machine: Machine(named: "h100-cx7"),
  policies: [BalancingPolicy(named: "eplb"), BalancingPolicy(named: "oracle")], repeats: 12)
for policy in try job.run().policies {
  print(policy.name, Readable.time(policy.time.total), Readable.speed(policy.improvement.total))
}
