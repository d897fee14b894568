import PerformanceModel
import Replay
import TextTable

/// The table that answers the question: communication time before and after.
public func replayTable(_ result: ReplayResult) -> String {
  let table = TextTable<PolicyResult> { policy in
    [
      Column(title: "Policy", value: policy.name + (policy.causal ? "" : " *")),
      Column(title: "Communication", value: communication(policy, in: result)),
      Column(title: "Improvement", value: improvement(policy, in: result), align: .right),
      Column(title: "Total", value: Readable.time(policy.time.total), align: .right),
      Column(title: "Balance", value: Readable.ratio(policy.balancedness.rank), align: .right),
      Column(title: "Gap", value: policy.optimality.map { Readable.signedPercent($0.gap) } ?? "–", align: .right),
      Column(title: "Scale-up", value: Readable.bytes(policy.traffic.scaleUpBytes), align: .right),
      Column(title: "Scale-out", value: Readable.bytes(policy.traffic.scaleOutBytes), align: .right),
      Column(title: "Copies", value: policy.traffic.copiesPerToken.map(Readable.significant) ?? "–", align: .right),
      Column(title: "Moved", value: Readable.count(policy.rebalances.movedExperts), align: .right),
      Column(title: "Slots/rank", value: slotsPerRank(policy.memory), align: .right),
    ] + regret(policy, in: result)
  }
  let rows = table.string(for: result.policies, style: Style.pipe) ?? ""
  let tables = [heading(result), rows] + serving(result) + layers(result)
  let remarks = predictions(result) + [legend(result)] + result.notes.map { "Note: \($0)\n" }
  return (tables + remarks).joined(separator: "\n")
}

/// `16`, or `15…18` where layers differ.
private func slotsPerRank(_ memory: PolicyResult.Memory) -> String {
  guard let least = memory.slotsPerRankByLayer?.min() else { return String(memory.slotsPerRank) }
  return "\(least)…\(memory.slotsPerRank)"
}

/// A row for each layer, two columns for each policy, when layers were asked for.
private func layers(_ result: ReplayResult) -> [String] {
  let columns = result.policies.compactMap { policy in policy.perLayer.map { (policy.name, $0) } }
  guard let first = columns.first?.1 else { return [] }
  let table = TextTable<Int> { row in
    [Column(title: "Layer", value: String(first[row].layer), align: .right)]
      + columns.flatMap { name, layers in
        [
          Column(title: name, value: Readable.time(layers[row].comm), align: .right),
          Column(title: "Balance", value: Readable.ratio(layers[row].balancedness), align: .right),
        ]
      }
  }
  return [table.string(for: Array(first.indices), style: Style.pipe) ?? ""]
}

/// One line: how far each policy's predictions were from what came.
private func predictions(_ result: ReplayResult) -> [String] {
  let policies = result.policies.compactMap { policy in
    policy.prediction.map { prediction in
      "\(policy.name) \(Readable.percent(prediction.errorMean)) (\(Readable.percent(prediction.errorMax)))"
        + (prediction.accuracy.map { ", \(Readable.percent($0)) of visits foreseen" } ?? "")
    }
  }
  return policies.isEmpty
    ? [] : ["Distribution error of predictions, mean (worst layer): " + policies.joined(separator: "; ") + "."]
}

/// End-to-end estimates, when the replay was told the context.
private func serving(_ result: ReplayResult) -> [String] {
  guard result.policies.contains(where: { $0.serving != nil }) else { return [] }
  let table = TextTable<PolicyResult> { policy in
    [
      Column(title: "Policy", value: policy.name),
      Column(title: "Step", value: policy.serving.map { Readable.time($0.stepTime) } ?? "–", align: .right),
      Column(title: "Attention", value: policy.serving.map { Readable.time($0.attentionTime) } ?? "–", align: .right),
      Column(
        title: "Tokens/s", value: policy.serving.map { Readable.count(Int($0.tokensPerSecond)) } ?? "–", align: .right),
      Column(title: "TPOT", value: policy.serving?.timePerOutputToken.map(Readable.time) ?? "–", align: .right),
      Column(
        title: "Two-batch step", value: policy.serving.map { Readable.time($0.twoBatch.stepTime) } ?? "–",
        align: .right),
      Column(title: "S-MBU", value: Readable.ratio(policy.serving?.memoryUtilisation), align: .right),
      Column(title: "S-MFU", value: Readable.ratio(policy.serving?.flopUtilisation), align: .right),
      Column(title: "Comm / bound", value: Readable.ratio(policy.commBound.ratio), align: .right),
      Column(
        title: "Ops/byte", value: policy.roofline.map { Readable.significant($0.intensity) } ?? "–", align: .right),
      Column(title: "Ridge", value: policy.roofline.map { Readable.significant($0.ridgePoint) } ?? "–", align: .right),
      Column(title: "Layers bound by", value: policy.roofline.map(layersByBottleneck) ?? "–"),
    ]
  }
  return [table.string(for: result.policies, style: Style.pipe) ?? ""]
}

/// `memory 40, communication 18`: the most frequent first.
private func layersByBottleneck(_ roofline: PolicyResult.Roofline) -> String {
  Dictionary(grouping: roofline.layers, by: \.boundBy)
    .sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }
    .map { "\($0.key) \($0.value.count)" }.joined(separator: ", ")
}

private func heading(_ result: ReplayResult) -> String {
  let trace = result.trace
  let cluster = result.cluster
  let shape = [
    Readable.count(trace.steps, "step"), Readable.count(trace.tokens, "token"), Readable.count(trace.layers, "layer"),
    Readable.count(trace.experts, "expert"), "top-\(trace.topK)",
  ].joined(separator: ", ")
  let nodes = cluster.ranks / cluster.ranksPerNode
  return """
    Trace    \(trace.name)\(trace.origin.map { " (\($0))" } ?? ""): \(shape)
    Cluster  \(cluster.name): \(Readable.count(cluster.ranks, "rank")) on \(Readable.count(nodes, "node")), \
    model \(result.model.name), all-to-all '\(result.allToAll)'

    """
}

private func communication(_ policy: PolicyResult, in result: ReplayResult) -> String {
  let after = Readable.time(policy.time.comm)
  guard let before = result.policies.first, before.name != policy.name else { return after }
  return "\(Readable.time(before.time.comm)) → \(after)"
}

private func improvement(_ policy: PolicyResult, in result: ReplayResult) -> String {
  guard policy.name != result.baseline else { return "–" }
  let improvement = Readable.signedPercent(policy.improvement.comm)
  guard let low = policy.improvement.commLow, let high = policy.improvement.commHigh else { return improvement }
  return "\(improvement) (\(percent(low))…\(percent(high)))"
}

/// One column, when regret was asked for.
private func regret(_ policy: PolicyResult, in result: ReplayResult) -> [Column] {
  guard result.policies.contains(where: { $0.regret != nil }) else { return [] }
  let value = policy.regret.map { "\(Readable.signedPercent($0.comm)) / \(Readable.signedPercent($0.total))" } ?? "–"
  return [Column(title: "Regret", value: value, align: .right)]
}

private func percent(_ fraction: Double) -> String {
  let text = Readable.signedPercent(fraction)
  return String((text.hasPrefix("+") ? text.dropFirst() : text[...]).dropLast(2))
}

private func legend(_ result: ReplayResult) -> String {
  var lines = [
    "Communication: dispatch + combine, summed over steps and layers. Total: with expert compute and moves.",
    "Improvement: of communication, with a 95 % interval over steps. Gap: most loaded rank above the least any placement "
      + "with these slots could have.",
    "Balance: mean / max tokens per rank. Bytes: dispatch, between ranks. Copies: ranks a token visits. "
      + "Moved: experts fetched.",
  ]
  if result.policies.contains(where: { $0.regret != nil }) {
    lines.append("Regret: communication / total above the same policy's with the oracle's prediction.")
  }
  if result.policies.contains(where: { !$0.causal }) { lines.append("* looks ahead: a yardstick, not a policy.") }
  return lines.joined(separator: "\n") + "\n"
}
