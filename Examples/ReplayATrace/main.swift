import ExpertReplay

let job = try ReplayJob(
  trace: "traces/hot-cold.moetrace", cluster: Cluster(named: "moe-comms"),
  policies: [BalancingPolicy(named: "eplb"), BalancingPolicy(named: "oracle")])
for policy in try job.run().policies {
  print(policy.name, Readable.time(policy.time.comm), Readable.signedPercent(policy.improvement.comm))
}
