import Diagnostics

extension PacketParameters {
  func cluster(named name: String, from source: String) -> String {
    file(
      "network", source,
      [
        (yamlLine("name", name), ""), ("ranks: \(nodes)", "NUM_NODES"), ("ranksPerNode: 1", "a node has one GPU"),
        ("allToAll: round-robin", ""), ("copies: direct", "one for each expert of a token"), ("roundRobin:", ""),
        ("  links: \(links)", "NUM_LINKS"), ("  linkBandwidth: \(plain(bandwidth)) B/ms", "INTRA_BW"),
        ("  packetSize: \(plain(packetSize)) B", "PACKET_SIZE"),
        ("  packetPreparation: \(plain(preparation)) ms", "PACKET_PREP_DELAY"),
        ("  maxPacketsPerTurn: \(packetsPerTurn)", "ROUND_ROBIN_MAX_PACKETS"),
        ("  nicRate: \(plain(nicRate)) B", "NIC_RATE, in a round"),
        ("  baseDelay: \(plain(baseDelay)) ms", "BASE_DELAY, of each round"),
        ("  initialDelay: \(plain(initialDelay)) ms", "INITIAL_CPU_DELAY, of each All-to-All"),
        ("  # overlapPreparation: \(plain(parallelization ?? 1.2))", "PARALLELIZATION_MULTIPLIER"),
        ("  # nodesPerCluster: \(nodes)", "not in the document"),
        ("  # interClusterBandwidth: \(plain(interBandwidth ?? bandwidth)) B/ms", "INTER_BW"),
      ])
  }

  func model(named name: String, from source: String) -> String {
    file(
      "copies", source,
      [
        (yamlLine("name", name), ""), ("layers: any", "NUM_LAYERS"), ("experts: \(experts)", "NUM_EXPERTS"),
        ("topK: \(topK)", "TOP_K"), ("hidden: 1", hidden.map { "EMBED_DIM \(plain($0)), which no formula uses" } ?? ""),
        ("expertIntermediate: 1", "the document does not say"), ("weights: bf16", ""),
        ("dispatch: {bytes: \(plain(copyBytes)) B}", "WEIGHT_PRECISION + 2 * ID_PRECISION + ROUTING_PRECISION"),
        ("combine: none", "the document prices dispatch alone"),
      ])
  }

  func workload(named name: String, from source: String) -> String {
    let popularity = "{kind: hot-cold, hotRatio: \(plain(hotRatio)), hotWeight: \(plain(hotWeight))}"
    return file(
      "router", source,
      [
        (yamlLine("name", name), ""), ("experts: \(experts)", "NUM_EXPERTS"), ("topK: \(topK)", "TOP_K"),
        ("layers: \(layers)", "NUM_LAYERS"), ("steps: 1", ""), ("tokensPerStep: \(tokens)", "SEQLEN"),
        ("phase: prefill", ""), ("gateWeights: true", ""), ("popularity: \(popularity)", "HOT_RATIO, HOT_WEIGHT"),
      ])
  }

  /// Lines with their comments, under a line that says what and where from.
  private func file(_ what: String, _ source: String, _ lines: [(code: String, comment: String)]) -> String {
    let width = (lines.map(\.code.count).filter { $0 < 48 }.max() ?? 0) + 2
    let title =
      "# The \(what) of \(printable(source)), parameters of the MoE routing simulation and performance model.\n"
    return title
      + lines.map { code, comment in
        guard !comment.isEmpty else { return code + "\n" }
        return code + String(repeating: " ", count: max(2, width - code.count)) + "# \(comment)\n"
      }.joined()
  }
}
