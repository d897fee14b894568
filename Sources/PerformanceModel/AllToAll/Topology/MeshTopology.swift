import Diagnostics

extension Network {
  /// A link of `linkBandwidth` each way between every two ranks.
  static func fullMesh(_ cluster: Cluster, _ parameters: FairShareParameters) throws(InputError) -> Network {
    let rate = try Topologies.required(parameters.linkBandwidth, "linkBandwidth", of: parameters, in: cluster)
    let edges = (0..<cluster.ranks).flatMap { second in
      (0..<second).map { FairShareParameters.Edge(first: $0, second: second, bandwidth: rate) }
    }
    return try routed(cluster, edges: edges, latency: parameters.latency) { source, destination in
      [source, destination]
    }
  }

  /// Ranks in rows of `columns`, a link of `linkBandwidth` each way between neighbours, no links around the edges (wafer);
  /// paths go along the row first, then along the column.
  static func mesh2D(_ cluster: Cluster, _ parameters: FairShareParameters) throws(InputError) -> Network {
    let rate = try Topologies.required(parameters.linkBandwidth, "linkBandwidth", of: parameters, in: cluster)
    let columns = try Topologies.required(parameters.columns, "columns", of: parameters, in: cluster)
    guard cluster.ranks % columns == 0 else {
      throw InputError(
        "\(cluster.ranks) ranks do not fill rows of \(columns)", in: cluster.name, status: .usage)
    }
    var edges: [FairShareParameters.Edge] = []
    for rank in 0..<cluster.ranks {
      if rank % columns + 1 < columns { edges.append(.init(first: rank, second: rank + 1, bandwidth: rate)) }
      if rank + columns < cluster.ranks { edges.append(.init(first: rank, second: rank + columns, bandwidth: rate)) }
    }
    return try routed(
      cluster, edges: edges, latency: parameters.latency, routing: MeshRouting(parameters, columns: columns)
    ) { MeshRouting.stops(from: $0, to: $1, columns: columns) }
  }

  /// The `links` of the file, both ways; paths have the fewest links, the lowest ranks first among equals.
  static func explicit(_ cluster: Cluster, _ parameters: FairShareParameters) throws(InputError) -> Network {
    let edges = try Topologies.required(parameters.edges, "links", of: parameters, in: cluster)
    var neighbours = Array(repeating: [Int](), count: cluster.ranks)
    for edge in edges {
      guard max(edge.first, edge.second) < cluster.ranks else {
        throw InputError(
          "link \(edge.first)-\(edge.second) leaves the \(cluster.ranks) ranks", in: cluster.name, status: .usage)
      }
      neighbours[edge.first].append(edge.second)
      neighbours[edge.second].append(edge.first)
    }
    var previous: [[Int]] = []
    for source in 0..<cluster.ranks {
      let found = breadthFirst(from: source, neighbours: neighbours.map { $0.sorted() })
      if let missing = found.firstIndex(of: -1) {
        throw InputError("no links lead from rank \(source) to rank \(missing)", in: cluster.name, status: .usage)
      }
      previous.append(found)
    }
    return try routed(cluster, edges: edges, latency: parameters.latency) { source, destination in
      var stops = [destination]
      while stops[stops.count - 1] != source { stops.append(previous[source][stops[stops.count - 1]]) }
      return stops.reversed()
    }
  }

  /// The rank before each rank on a shortest path from `source`; -1 where none leads.
  private static func breadthFirst(from source: Int, neighbours: [[Int]]) -> [Int] {
    var previous = Array(repeating: -1, count: neighbours.count)
    previous[source] = source
    var queue = [source]
    var next = 0
    while next < queue.count {
      for neighbour in neighbours[queue[next]] where previous[neighbour] < 0 {
        previous[neighbour] = queue[next]
        queue.append(neighbour)
      }
      next += 1
    }
    return previous
  }

  /// A network of rank-to-rank links, with the ranks on each path.
  private static func routed(
    _ cluster: Cluster, edges: [FairShareParameters.Edge], latency: Double, routing: MeshRouting? = nil,
    stops: (Int, Int) -> [Int]
  ) throws(InputError) -> Network {
    var links: [Link] = []
    var index: [Int: Int32] = [:]
    for edge in edges {
      for (from, to) in [(edge.first, edge.second), (edge.second, edge.first)] {
        guard index.updateValue(Int32(links.count), forKey: from * cluster.ranks + to) == nil else {
          throw InputError("link \(edge.first)-\(edge.second) given twice", in: cluster.name, status: .usage)
        }
        links.append(Link(name: "link \(from)→\(to)", capacity: edge.bandwidth))
      }
    }
    var paths: [[Int32]] = []
    for source in 0..<cluster.ranks {
      for destination in 0..<cluster.ranks {
        let ranks = source == destination ? [] : stops(source, destination)
        paths.append(zip(ranks, ranks.dropFirst()).compactMap { index[$0 * cluster.ranks + $1] })
      }
    }
    return Network(
      links: links, paths: paths, hasNodes: false, dispatchLatency: latency, combineLatency: latency, routing: routing)
  }
}
