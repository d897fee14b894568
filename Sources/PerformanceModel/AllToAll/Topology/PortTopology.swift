import Diagnostics

extension Network {
  /// NVLink domain and NIC: each rank's scale-up port and NIC, one link out and one in; the fabrics between never block.
  static func ports(_ cluster: Cluster) throws(InputError) -> Network {
    try portNetwork(cluster, extraLinks: []) { _, _ in [] }
  }

  /// A rail-optimised two-level fat tree: NICs of one local index in a pod of `nodesPerPod` nodes share a leaf switch; what
  /// leaves its leaf crosses the leaf's uplinks and another leaf's downlinks, whose bandwidth is that of the leaf's NICs
  /// over `oversubscription`. Ranks of one node use scale-up.
  static func fatTree(_ cluster: Cluster, _ parameters: FairShareParameters) throws(InputError) -> Network {
    let pod = try Topologies.required(parameters.nodesPerPod, "nodesPerPod", of: parameters, in: cluster)
    let oversubscription = parameters.oversubscription ?? 1
    let local = cluster.ranksPerNode
    let first = 4 * cluster.ranks
    let leaf = { (rank: Int) in rank / local / pod * local + rank % local }
    let leaves = (cluster.nodes + pod - 1) / pod * local
    guard let nic = cluster.scaleOut ?? cluster.scaleUp else {
      throw InputError("the fair-share model's ports need scaleUp", in: cluster.name, status: .usage)
    }
    var uplinks: [Link] = []
    for index in 0..<leaves {
      let nodes = min(pod, cluster.nodes - index / local * pod)
      let share = Double(nodes) / oversubscription
      for way in ["up", "down"] {
        uplinks.append(
          Link(
            name: "pod \(index / local) rail \(index % local) \(way)", dispatchCapacity: nic.dispatchBandwidth * share,
            combineCapacity: nic.combineBandwidth * share))
      }
    }
    return try portNetwork(cluster, extraLinks: uplinks) { source, destination in
      let (from, to) = (leaf(source), leaf(destination))
      return from == to ? [] : [first + 2 * from, first + 2 * to + 1]
    }
  }

  /// Links `4·rank ..< 4·rank + 4`: scale-up out and in, NIC out and in; then `extraLinks`, which `between` puts between
  /// the NICs of two ranks.
  private static func portNetwork(
    _ cluster: Cluster, extraLinks: [Link], between: (Int, Int) -> [Int]
  ) throws(InputError) -> Network {
    guard let up = cluster.scaleUp else {
      throw InputError("the fair-share model's ports need scaleUp", in: cluster.name, status: .usage)
    }
    let out = cluster.scaleOut ?? up
    let (ranks, local) = (cluster.ranks, cluster.ranksPerNode)
    var links: [Link] = []
    for rank in 0..<ranks {
      for (level, port) in [("scale-up", up), ("NIC", out)] {
        for way in ["out", "in"] {
          links.append(
            Link(
              name: "rank \(rank) \(level) \(way)", dispatchCapacity: port.dispatchBandwidth,
              combineCapacity: port.combineBandwidth))
        }
      }
    }
    var paths: [[Int32]] = []
    for source in 0..<ranks {
      for destination in 0..<ranks {
        var path: [Int] = []
        if source != destination {
          let isNear = source / local == destination / local
          let port = isNear ? 0 : 2
          path = [4 * source + port] + (isNear ? [] : between(source, destination)) + [4 * destination + port + 1]
        }
        paths.append(path.map(Int32.init))
      }
    }
    let widest = cluster.nodes > 1 ? out : up
    return Network(
      links: links + extraLinks, paths: paths, hasNodes: true,
      dispatchLatency: widest.dispatchLatency.microseconds(ranks: ranks),
      combineLatency: widest.combineLatency.microseconds(ranks: ranks))
  }
}
