extension KeyLimit {
  private static let ranks = 1...4096
  private static let wide = 1...65_536
  private static let gpu = "memory: 80 GB, hbm: 3 TB/s, bf16: 900 TFLOP/s"
  private static let kernels = "hbm: 1, math: 1"
  private static let packets =
    "linkBandwidth: 100 B/ms, packetSize: 20 B, packetPreparation: 1 ms, nicRate: 10000 B, baseDelay: 2 ms"

  static let ofClusters: [KeyLimit] =
    [
      KeyLimit(.cluster, "PerformanceModel/Cluster.swift", "ranksPerNode", ranks, ["ranksPerNode": "$"]),
      KeyLimit(.cluster, "PerformanceModel/Cluster.swift", "ranks", ranks, ["ranks": "$"]),
      KeyLimit(
        .cluster, "PerformanceModel/Overlap.swift", "overlap.fraction", in: 0...1, ["overlap": "{fraction: $}"]),
      KeyLimit(
        .cluster, "PerformanceModel/Overlap.swift", "overlap.derate", in: 0.01...1,
        ["overlap": "{fraction: 1, derate: $}"]),
      KeyLimit(
        .cluster, "PerformanceModel/Overlap.swift", "overlap.computeDerate", in: 0.01...1,
        ["overlap": "{fraction: 1, computeDerate: $}"]),
      KeyLimit(
        .cluster, "PerformanceModel/Overlap.swift", "overlap.sms", 0...65_535,
        ["gpu": "{\(gpu), multiprocessors: 65536}", "overlap": "{fraction: 1, sms: $}"]),
      KeyLimit(
        .cluster, "PerformanceModel/AllToAll/KernelWork.swift", "work.dispatch.blocks", 0...65_536,
        ["work": "{dispatch: {blocks: $}}"]),
      KeyLimit(
        .cluster, "PerformanceModel/PriceUncertainty.swift", "uncertainty.communication.fixed", in: 0...3,
        ["uncertainty": "{communication: {fixed: $}}"]),
      KeyLimit(
        .cluster, "PerformanceModel/PriceUncertainty.swift", "uncertainty.communication.rate", in: 0...3,
        ["uncertainty": "{communication: {rate: $}}"]),
    ] + ofPackets + ofTopologies + ofGPUs + ofKernels + ofCost

  private static func packet(_ key: String, _ range: ClosedRange<Int>, with others: String) -> KeyLimit {
    KeyLimit(
      .cluster, "PerformanceModel/AllToAll/RoundRobinParameters.swift", "roundRobin.\(key)", range,
      ["ranks": "8", "allToAll": "round-robin", "roundRobin": "{\(packets), \(others), \(key): $}"])
  }

  private static let ofPackets = [
    packet("links", 1...1024, with: "maxPacketsPerTurn: 5"),
    packet("maxPacketsPerTurn", 1...1_000_000, with: "links: 1"),
    packet("preparedAtOnce", 1...1_000_000, with: "links: 1, maxPacketsPerTurn: 5"),
    packet("nodesPerCluster", ranks, with: "links: 1, maxPacketsPerTurn: 5, interClusterBandwidth: 50 B/ms"),
    KeyLimit(
      .cluster, "PerformanceModel/AllToAll/RoundRobinParameters.swift", "roundRobin.overlapPreparation", in: 1...1000,
      [
        "allToAll": "round-robin",
        "roundRobin": "{\(packets), links: 1, maxPacketsPerTurn: 5, overlapPreparation: $}",
      ]),
  ]

  private static let ofTopologies = [
    KeyLimit(
      .cluster, "PerformanceModel/AllToAll/Topology/FairShareParameters.swift", "fairShare.columns", ranks,
      ["fairShare": "{topology: mesh-2d, linkBandwidth: 1 GB/s, columns: $}"]),
    KeyLimit(
      .cluster, "PerformanceModel/AllToAll/Topology/FairShareParameters.swift", "fairShare.routingEntries", 0...65_536,
      ["fairShare": "{topology: mesh-2d, linkBandwidth: 1 GB/s, columns: 4, routingEntries: $}"]),
    KeyLimit(
      .cluster, "PerformanceModel/AllToAll/Topology/FairShareParameters.swift", "fairShare.nodesPerPod", ranks,
      ["ranks": "8", "allToAll": "fair-share", "fairShare": "{topology: fat-tree, nodesPerPod: $}"]),
    KeyLimit(
      .cluster, "PerformanceModel/AllToAll/Topology/FairShareParameters.swift", "fairShare.oversubscription",
      in: 0.01...1000,
      [
        "ranks": "8", "allToAll": "fair-share",
        "fairShare": "{topology: fat-tree, nodesPerPod: 2, oversubscription: $}",
      ]),
  ]

  private static let ofGPUs = [
    KeyLimit(
      .cluster, "PerformanceModel/GPU.swift", "gpu.efficiency.hbm", in: 0.001...1,
      ["gpu": "{\(gpu), efficiency: {hbm: $}}"]),
    KeyLimit(
      .cluster, "PerformanceModel/GPU.swift", "gpu.efficiency.math", in: 0.001...1,
      ["gpu": "{\(gpu), efficiency: {math: $}}"]),
    KeyLimit(.cluster, "PerformanceModel/GPU.swift", "gpu.tile", 1...4096, ["gpu": "{\(gpu), tile: $}"]),
    KeyLimit(
      .cluster, "PerformanceModel/GPU.swift", "gpu.smoothness", in: 1...64, ["gpu": "{\(gpu), smoothness: $}"]),
    KeyLimit(
      .cluster, "PerformanceModel/GPU.swift", "gpu.multiprocessors", wide, ["gpu": "{\(gpu), multiprocessors: $}"]),
    KeyLimit(
      .cluster, "PerformanceModel/Experts/Waves.swift", "gpu.waves.multiprocessors", wide,
      ["gpu": "{\(gpu), waves: {columns: 128, multiprocessors: $}}"]),
    KeyLimit(
      .cluster, "PerformanceModel/Experts/Waves.swift", "gpu.waves.columns", wide,
      ["gpu": "{\(gpu), waves: {multiprocessors: 132, columns: $}}"]),
  ]

  private static func cost(_ key: String, in range: ClosedRange<Double>, with others: String) -> KeyLimit {
    KeyLimit(
      .cluster, "PerformanceModel/Cost/MachinePrice.swift", "cost.\(key)", in: range,
      ["gpu": "{\(gpu)}", "cost": "{\(others), \(key): $}"])
  }

  private static let bought = "wattsPerGPU: 700, pricePerKWh: 0.15"

  private static let ofCost = [
    cost("pricePerGPUHour", in: 1e-6...1e9, with: "wattsPerGPU: 700"),
    cost("pricePerGPU", in: 1e-6...1e9, with: "years: 4, \(bought)"),
    cost("years", in: 0.01...100, with: "pricePerGPU: 9, \(bought)"),
    cost("pricePerKWh", in: 1e-6...1e9, with: "pricePerGPUHour: 2, wattsPerGPU: 700"),
    cost("wattsPerGPU", in: 0.001...1e9, with: "pricePerGPUHour: 2"),
    cost("idleWatts", in: 0.001...1e9, with: "pricePerGPUHour: 2, wattsPerGPU: 1e9"),
    cost("wattsPerNode", in: 0.001...1e9, with: "pricePerGPUHour: 2, wattsPerGPU: 700"),
  ]

  private static func kernel(_ key: String, in range: ClosedRange<Double>, with others: String) -> KeyLimit {
    KeyLimit(
      .cluster, "PerformanceModel/Experts/ExpertKernel.swift", "experts.bf16.\(key)", in: range,
      ["gpu": "{\(gpu)}", "experts": "{bf16: {\(others), \(key): $}}"])
  }

  private static let ofKernels = [
    kernel("hbm", in: 0.001...1, with: "math: 1"), kernel("math", in: 0.001...1, with: "hbm: 1"),
    kernel("smallMath", in: 0.001...1, with: kernels), kernel("visitTraffic", in: 0...1000, with: kernels),
    kernel("tokenTraffic", in: 0...1000, with: kernels), kernel("smoothness", in: 1...64, with: kernels),
    KeyLimit(
      .cluster, "PerformanceModel/Experts/TileRows.swift", "experts.bf16.tile", 1...4096,
      ["gpu": "{\(gpu)}", "experts": "{bf16: {\(kernels), tile: $}}"]),
    KeyLimit(
      .cluster, "PerformanceModel/Experts/TileRows.swift", "experts.bf16.tile.0", of: "a table", 1...4096,
      ["gpu": "{\(gpu)}", "experts": "{bf16: {\(kernels), tile: {0: $}}}"]),
  ]
}
