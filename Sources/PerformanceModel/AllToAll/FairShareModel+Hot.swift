/// Fluid flows over shared links, from start to end.
///
/// Between two ends of flows the rates are max-min fair: the link with the least capacity per flow gives each of its flows
/// that much, its flows' share is taken off the other links on their paths, and so on until every flow has its rate.
/// - Complexity: O(ends · (flows · path + bottlenecks · links)), without allocation after the start.
struct FluidFlows {
  /// `[links]` bytes that the link carries in all.
  let carried: [Double]
  /// `[flows]` bytes left.
  private var left: [Double]
  private let sizes: [Double]
  /// Links of the flows' paths, flow after flow, and where each begins.
  private let links: [Int32]
  private let starts: [Int32]
  /// Flows over the links, link after link, and where each begins.
  private var flows: [Int32]
  private let flowStarts: [Int32]
  private let capacities: [Double]

  /// - Parameters:
  ///   - sizes: `[flows]` bytes above 0.
  ///   - links: each flow's links in order; no link twice in a path.
  ///   - starts: `[flows + 1]` where each flow's links begin.
  ///   - capacities: `[links]` bytes per microsecond, above 0.
  init(sizes: [Double], links: [Int32], starts: [Int32], capacities: [Double]) {
    var carried = Array(repeating: 0.0, count: capacities.count)
    var flowStarts = Array(repeating: Int32(0), count: capacities.count + 1)
    for flow in sizes.indices {
      for index in starts[flow]..<starts[flow + 1] {
        carried[Int(links[Int(index)])] += sizes[flow]
        flowStarts[Int(links[Int(index)]) + 1] += 1
      }
    }
    for link in capacities.indices { flowStarts[link + 1] += flowStarts[link] }
    var next = flowStarts
    var flows = Array(repeating: Int32(0), count: links.count)
    for flow in sizes.indices {
      for index in starts[flow]..<starts[flow + 1] {
        let link = Int(links[Int(index)])
        flows[Int(next[link])] = Int32(flow)
        next[link] += 1
      }
    }
    self.sizes = sizes
    self.carried = carried
    self.links = links
    self.starts = starts
    self.flows = flows
    self.flowStarts = flowStarts
    self.capacities = capacities
    left = sizes
  }

  /// Microseconds until the last flow ends.
  mutating func run() -> Double {
    var time = 0.0
    var active = Array(sizes.indices)
    var rates = Array(repeating: 0.0, count: sizes.count)
    var capacity = capacities
    var counts = Array(repeating: Int32(0), count: capacities.count)
    // Flows of a link that are still active come first, so that ended ones cost nothing.
    var ends = Array(flowStarts.dropFirst())
    while !active.isEmpty {
      fill(&rates, active: active, capacity: &capacity, counts: &counts, ends: &ends)
      var step = Double.infinity
      for flow in active { step = min(step, left[flow] / rates[flow]) }
      time += step
      var kept = 0
      for flow in active {
        let rest = left[flow] - rates[flow] * step
        // What rounding leaves of a flow that ends now.
        left[flow] = rest > 1e-13 * sizes[flow] ? rest : 0
        if left[flow] > 0 {
          active[kept] = flow
          kept += 1
        }
      }
      active.removeLast(active.count - kept)
    }
    return time
  }

  /// Max-min fair rates of the active flows.
  private mutating func fill(
    _ rates: inout [Double], active: [Int], capacity: inout [Double], counts: inout [Int32], ends: inout [Int32]
  ) {
    dropEnded(&ends)
    for link in capacities.indices {
      capacity[link] = capacities[link]
      counts[link] = ends[link] - flowStarts[link]
    }
    for flow in active { rates[flow] = -1 }
    var unset = active.count
    // Shares never shrink from one bottleneck to the next; rounding must not make them.
    var share = 0.0
    while unset > 0 {
      var bottleneck = 0
      var least = Double.infinity
      for link in counts.indices where counts[link] > 0 {
        let candidate = capacity[link] / Double(counts[link])
        if candidate < least { (bottleneck, least) = (link, candidate) }
      }
      share = max(share, least)
      for index in flowStarts[bottleneck]..<ends[bottleneck] {
        let flow = Int(flows[Int(index)])
        guard rates[flow] < 0 else { continue }
        rates[flow] = share
        unset -= 1
        for position in starts[flow]..<starts[flow + 1] {
          let link = Int(links[Int(position)])
          capacity[link] -= share
          counts[link] -= 1
        }
      }
    }
  }

  /// Moves the flows of each link that have ended behind its active ones.
  private mutating func dropEnded(_ ends: inout [Int32]) {
    for link in ends.indices {
      var index = flowStarts[link]
      while index < ends[link] {
        if left[Int(flows[Int(index)])] > 0 {
          index += 1
        } else {
          ends[link] -= 1
          flows.swapAt(Int(index), Int(ends[link]))
        }
      }
    }
  }
}
