/// Paths over a mesh of cores, and what they take besides their bytes.
///
/// A message takes α for every hop that hardware routes, and β for every stop where software sends it on (WaferLLM, OSDI
/// 2025, arXiv 2502.04563). A core routes a limited number of paths, 32 on a WSE-2. A straight path needs no stop; one
/// with a corner stops there when more paths pass through the core at the corner than it has entries for.
struct MeshRouting: Sendable {
  let columns: Int
  /// Microseconds.
  let hopLatency: Double
  let relayLatency: Double
  /// Paths that a core routes; nil where it routes any number.
  let entries: Int?

  /// Nil when the file says nothing of what hops take.
  init?(_ parameters: FairShareParameters, columns: Int) {
    guard parameters.hopLatency > 0 || parameters.relayLatency > 0 || parameters.routingEntries != nil else {
      return nil
    }
    self.columns = columns
    hopLatency = parameters.hopLatency
    relayLatency = parameters.relayLatency
    entries = parameters.routingEntries
  }

  /// What the paths of one All-to-All take.
  struct Times {
    /// `[flows]` microseconds of each besides its bytes.
    var delays: [Double]
    /// Paths through the busiest core, those that begin or end there included.
    var mostPaths: Int
  }

  /// - Parameter flows: where each begins and ends.
  /// - Complexity: O(flows · hops).
  func times(of flows: [(source: Int, destination: Int)], ranks: Int) -> Times {
    let paths = pathsThroughCores(flows, ranks: ranks)
    let delays = flows.map { source, destination in
      let (across, along) = Self.distance(source, destination, columns: columns)
      let corner = Self.corner(source, destination, columns: columns)
      let isRelayed = across > 0 && along > 0 && entries.map { paths[corner] > $0 } == true
      return hopLatency * Double(across + along) + (isRelayed ? relayLatency : 0)
    }
    return Times(delays: delays, mostPaths: paths.max() ?? 0)
  }

  /// `[ranks]` paths through each core, ends included.
  func pathsThroughCores(_ flows: [(source: Int, destination: Int)], ranks: Int) -> [Int] {
    var paths = Array(repeating: 0, count: ranks)
    for (source, destination) in flows {
      for core in Self.stops(from: source, to: destination, columns: columns) { paths[core] += 1 }
    }
    return paths
  }

  /// The cores on the way, along the row first, then along the column; both ends are among them.
  static func stops(from source: Int, to destination: Int, columns: Int) -> [Int] {
    let corner = corner(source, destination, columns: columns)
    var stops = [source]
    while stops[stops.count - 1] != corner { stops.append(stops[stops.count - 1] + (source < corner ? 1 : -1)) }
    while stops[stops.count - 1] != destination {
      stops.append(stops[stops.count - 1] + (corner < destination ? columns : -columns))
    }
    return stops
  }

  /// In the source's row and the destination's column.
  private static func corner(_ source: Int, _ destination: Int, columns: Int) -> Int {
    source / columns * columns + destination % columns
  }

  /// Hops along the row, and along the column.
  private static func distance(_ source: Int, _ destination: Int, columns: Int) -> (across: Int, along: Int) {
    (abs(source % columns - destination % columns), abs(source / columns - destination / columns))
  }
}

extension Cluster {
  /// What a reader of its times has to know of a mesh's routing.
  ///
  /// - Parameter most: paths through the busiest core; nil where none were counted.
  package func routingNotes(most: Int?) -> [String] {
    guard let most, let parameters = fairShare else { return [] }
    var notes: [String] = []
    if let entries = parameters.routingEntries, most > entries {
      notes.append(
        "Up to \(most) paths pass through one core of \(name), which routes \(entries): those that turn at such a core are "
          + "sent on by software there.")
    }
    let relays = parameters.relayLatency > 0 || parameters.routingEntries != nil
    if relays, parameters.relayLatency < parameters.hopLatency {
      notes.append(
        "On \(name) a relay by software takes \(shortNumber(parameters.relayLatency)) us, less than a hop by hardware "
          + "(\(shortNumber(parameters.hopLatency)) us): a mesh is taken to be the other way round.")
    }
    return notes
  }
}
