/// Fluid flows over shared links, from start to end.
///
/// Between two ends of flows the rates are max-min fair: the link with the least capacity per flow gives each of its flows
/// that much, its flows' share is taken off the other links on their paths, and so on until every flow has its rate.
///
/// All arrays are allocated once, at the start, and freed with the object; the buffers do not leave this file.
/// - Complexity: O(ends · (flows · path + bottlenecks · links)).
final class FluidFlows {
  /// `[links]` bytes that the link carries in all.
  let carried: [Double]
  private let sizes: UnsafeMutableBufferPointer<Double>
  /// `[flows]` bytes left, and bytes per microsecond.
  private let left: UnsafeMutableBufferPointer<Double>
  private let rates: UnsafeMutableBufferPointer<Double>
  /// Flows that have not ended, in order.
  private let active: UnsafeMutableBufferPointer<Int32>
  /// Links of the flows' paths, flow after flow, and where each begins.
  private let links: UnsafeMutableBufferPointer<Int32>
  private let starts: UnsafeMutableBufferPointer<Int32>
  /// Flows over the links, link after link, where each begins, and where its flows that have not ended end.
  private let flows: UnsafeMutableBufferPointer<Int32>
  private let flowStarts: UnsafeMutableBufferPointer<Int32>
  private let flowEnds: UnsafeMutableBufferPointer<Int32>
  /// `[links]` capacity, what is left of it in a filling, and the flows that still have no rate.
  private let capacities: UnsafeMutableBufferPointer<Double>
  private let capacity: UnsafeMutableBufferPointer<Double>
  private let counts: UnsafeMutableBufferPointer<Int32>
  /// 1/n for each number of flows.
  private let inverses: UnsafeMutableBufferPointer<Double>
  /// `[flows]` microseconds from a flow's end to its arrival.
  private let delays: UnsafeMutableBufferPointer<Double>

  /// - Parameters:
  ///   - sizes: `[flows]` bytes above 0.
  ///   - links: each flow's links in order; no link twice in a path.
  ///   - starts: `[flows + 1]` where each flow's links begin.
  ///   - capacities: `[links]` bytes per microsecond, above 0.
  ///   - delays: `[flows]` microseconds from a flow's end to its arrival; nil for none.
  init(sizes: [Double], links: [Int32], starts: [Int32], capacities: [Double], delays: [Double]?) {
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
    self.carried = carried
    self.sizes = Self.buffer(sizes)
    left = Self.buffer(sizes)
    rates = Self.buffer(sizes.map { _ in 0 })
    active = Self.buffer(sizes.indices.map { Int32($0) })
    self.links = Self.buffer(links)
    self.starts = Self.buffer(starts)
    self.flows = Self.buffer(flows)
    flowEnds = Self.buffer(Array(flowStarts.dropFirst()))
    self.flowStarts = Self.buffer(flowStarts)
    self.capacities = Self.buffer(capacities)
    capacity = Self.buffer(capacities)
    counts = Self.buffer(capacities.map { _ in 0 })
    self.delays = Self.buffer(delays ?? sizes.map { _ in 0 })
    inverses = Self.buffer((0...sizes.count).map { $0 == 0 ? 0 : 1 / Double($0) })
  }

  deinit {
    for buffer in [sizes, left, rates, capacities, capacity, inverses, delays] { buffer.deallocate() }
    for buffer in [active, links, starts, flows, flowStarts, flowEnds, counts] { buffer.deallocate() }
  }

  private static func buffer<Element>(_ values: [Element]) -> UnsafeMutableBufferPointer<Element> {
    let buffer = UnsafeMutableBufferPointer<Element>.allocate(capacity: values.count)
    _ = buffer.initialize(from: values)
    return buffer
  }

  /// Microseconds until the last flow ends, and until the last has arrived; to be asked once.
  func run() -> (end: Double, arrival: Double) {
    var time = 0.0
    var arrival = 0.0
    var unended = active.count
    while unended > 0 {
      fill(unended)
      var step = Double.infinity
      for index in 0..<unended {
        let flow = Int(active[index])
        step = min(step, left[flow] / rates[flow])
      }
      time += step
      var kept = 0
      for index in 0..<unended {
        let flow = Int(active[index])
        let rest = left[flow] - rates[flow] * step
        // What rounding leaves of a flow that ends now.
        left[flow] = rest > 1e-13 * sizes[flow] ? rest : 0
        if left[flow] > 0 {
          active[kept] = active[index]
          kept += 1
        } else {
          arrival = max(arrival, time + delays[flow])
        }
      }
      unended = kept
    }
    return (time, arrival)
  }

  /// Max-min fair rates of the flows that have not ended.
  private func fill(_ unended: Int) {
    dropEnded()
    for link in 0..<capacities.count {
      capacity[link] = capacities[link]
      counts[link] = flowEnds[link] - flowStarts[link]
    }
    for index in 0..<unended { rates[Int(active[index])] = -1 }
    var unset = unended
    // Shares never shrink from one bottleneck to the next; rounding must not make them.
    var share = 0.0
    while unset > 0 {
      var bottleneck = 0
      var least = Double.infinity
      for link in 0..<counts.count where counts[link] > 0 {
        let candidate = capacity[link] * inverses[Int(counts[link])]
        if candidate < least { (bottleneck, least) = (link, candidate) }
      }
      share = max(share, least)
      for index in Int(flowStarts[bottleneck])..<Int(flowEnds[bottleneck]) {
        let flow = Int(flows[index])
        guard rates[flow] < 0 else { continue }
        rates[flow] = share
        unset -= 1
        for position in Int(starts[flow])..<Int(starts[flow + 1]) {
          let link = Int(links[position])
          capacity[link] -= share
          counts[link] -= 1
        }
      }
    }
  }

  /// Moves the flows of each link that have ended behind those that have not.
  private func dropEnded() {
    for link in 0..<flowEnds.count {
      var index = Int(flowStarts[link])
      var end = Int(flowEnds[link])
      while index < end {
        if left[Int(flows[index])] > 0 {
          index += 1
        } else {
          end -= 1
          flows.swapAt(index, end)
        }
      }
      flowEnds[link] = Int32(end)
    }
  }
}
