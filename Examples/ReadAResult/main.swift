import ExpertReplay
import Foundation

/// Reads what `expert-replay replay … --format json` printed, from standard input, and names the policy that takes the
/// least time in all among those that do not look ahead.
let result = try JSONDecoder().decode(ReplayResult.self, from: FileHandle.standardInput.readToEnd() ?? Data())
let causal = result.policies.filter(\.causal).sorted { $0.time.total < $1.time.total }
let best = causal[0]  // The baseline is always there, and never looks ahead.
print("\(result.trace.name) on \(result.cluster.ranks) ranks of \(result.cluster.name): \(best.name)")
print("total: \(Readable.speed(best.improvement.total))", terminator: "")
print(best.steady.map { ", once its plans serve \(Readable.speed($0.total))" } ?? "")
print("dispatch: \(Readable.bytes(best.traffic.scaleUpBytes)) within nodes,", terminator: " ")
print("\(Readable.bytes(best.traffic.scaleOutBytes)) between them")
