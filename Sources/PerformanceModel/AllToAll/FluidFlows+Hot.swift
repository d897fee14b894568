/// Fluid flows over shared links, from start to end.
///
/// Between two ends of flows the rates are max-min fair: the link with the least capacity per flow gives each of its flows
/// that much, its flows' share is taken off the other links on their paths, and so on until every flow has its rate.
///
/// A flow that ends changes nothing that was filled before it got its rate: until then it took nothing from any link, and
/// without it a link only has more for each flow. So the filling is taken back to the bottleneck of the slowest flow that
/// ends, to the bit, and goes on from there.
///
/// All arrays are allocated once, at the start, and freed with the object; the buffers do not leave this file.
/// - Complexity: O(flows · path + links) for each bottleneck that is filled anew.
final class FluidFlows {
  /// A link that was filled, what its flows got, and where the journal of what that took begins.
  private struct Level {
    var share: Double
    var bottleneck: Int32
    var journal: Int32
  }

  /// What a link had left before a flow took its share.
  private struct Entry {
    var capacity: Double
    var link: Int32
  }

  /// How many of `levels`, and of the entries of `journal`, stand.
  private struct Filled {
    var levels = 0
    var journal = 0
  }

  /// `[links]` bytes that the link carries in all.
  let carried: [Double]
  /// `[unended]` flows that have not ended, in no order, and `[flows]` which place each has.
  private let active: UnsafeMutableBufferPointer<Int32>
  private let places: UnsafeMutableBufferPointer<Int32>
  /// `[unended]` bytes left, bytes that rounding may leave of a flow that ends, and bytes per microsecond, below 0 for a
  /// flow without a rate.
  private let left: UnsafeMutableBufferPointer<Double>
  private let least: UnsafeMutableBufferPointer<Double>
  private let rates: UnsafeMutableBufferPointer<Double>
  private var unended: Int
  private var ended: [Int] = []
  /// Links of the flows' paths, flow after flow, and where each begins.
  private let links: UnsafeMutableBufferPointer<Int32>
  private let starts: UnsafeMutableBufferPointer<Int32>
  /// Flows over the links, link after link, where each begins, and where its flows that have not ended end.
  private let flows: UnsafeMutableBufferPointer<Int32>
  private let flowStarts: UnsafeMutableBufferPointer<Int32>
  private let flowEnds: UnsafeMutableBufferPointer<Int32>
  /// `[links]` what is left of a capacity in a filling, the flows that still have no rate, and what each of them would
  /// get; infinite without any.
  private let capacity: UnsafeMutableBufferPointer<Double>
  private let counts: UnsafeMutableBufferPointer<Int32>
  private let candidates: UnsafeMutableBufferPointer<Double>
  /// 1/n for each number of flows.
  private let inverses: UnsafeMutableBufferPointer<Double>
  /// `[flows]` microseconds from a flow's end to its arrival.
  private let delays: UnsafeMutableBufferPointer<Double>
  /// `[flows · path]` and `[links]`.
  private let journal: UnsafeMutableBufferPointer<Entry>
  private let levels: UnsafeMutableBufferPointer<Level>

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
    let counts = capacities.indices.map { flowStarts[$0 + 1] - flowStarts[$0] }
    self.carried = carried
    unended = sizes.count
    places = Self.buffer(sizes.indices.map { Int32($0) })
    left = Self.buffer(sizes)
    least = Self.buffer(sizes.map { 1e-13 * $0 })
    rates = Self.buffer(sizes.map { _ in -1 })
    active = Self.buffer(sizes.indices.map { Int32($0) })
    self.links = Self.buffer(links)
    self.starts = Self.buffer(starts)
    self.flows = Self.buffer(flows)
    flowEnds = Self.buffer(Array(flowStarts.dropFirst()))
    self.flowStarts = Self.buffer(flowStarts)
    capacity = Self.buffer(capacities)
    self.counts = Self.buffer(counts)
    candidates = Self.buffer(zip(capacities, counts).map { $1 > 0 ? $0 * (1 / Double($1)) : .infinity })
    self.delays = Self.buffer(delays ?? sizes.map { _ in 0 })
    inverses = Self.buffer((0...sizes.count).map { $0 == 0 ? 0 : 1 / Double($0) })
    journal = Self.buffer(links.map { Entry(capacity: 0, link: $0) })
    levels = Self.buffer(capacities.map { _ in Level(share: 0, bottleneck: 0, journal: 0) })
  }

  deinit {
    for buffer in [left, least, rates, capacity, candidates, inverses, delays] { buffer.deallocate() }
    for buffer in [active, places, links, starts, flows, flowStarts, flowEnds, counts] { buffer.deallocate() }
    journal.deallocate()
    levels.deallocate()
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
    var unset = unended
    var filled = Filled()
    while unended > 0 {
      fill(unset, after: &filled)
      let step = timeToNextEnd()
      time += step
      pass(step)
      var slowest = Double.infinity
      for flow in ended {
        arrival = max(arrival, time + delays[flow])
        slowest = min(slowest, rates[Int(places[flow])])
      }
      unset = takeBack(to: slowest, &filled)
    }
    return (time, arrival)
  }

  /// Microseconds until the next flow ends.
  private func timeToNextEnd() -> Double {
    let (left, rates) = (UnsafeMutableRawPointer(left.baseAddress!), UnsafeMutableRawPointer(rates.baseAddress!))
    var times = SIMD4<Double>(repeating: .infinity)
    let whole = unended & ~3
    for place in stride(from: 0, to: 8 * whole, by: 32) {
      let time =
        left.loadUnaligned(fromByteOffset: place, as: SIMD4<Double>.self)
        / rates.loadUnaligned(fromByteOffset: place, as: SIMD4<Double>.self)
      times.replace(with: time, where: time .< times)
    }
    var step = times.min()
    for place in whole..<unended { step = min(step, self.left[place] / self.rates[place]) }
    return step
  }

  /// Lets time pass, and notes which flows end with it.
  private func pass(_ step: Double) {
    let (left, rates, least) = (left.baseAddress!, rates.baseAddress!, least.baseAddress!)
    for place in 0..<unended {
      let rest = left[place] - rates[place] * step
      left[place] = rest
      if rest <= least[place] { ended.append(Int(active[place])) }
    }
  }

  /// Takes the filling back to before the first bottleneck that gave `share` or more, and the flows that have ended out of
  /// it.
  ///
  /// - Returns: flows without a rate.
  private func takeBack(to share: Double, _ filled: inout Filled) -> Int {
    var unset = 0
    while filled.levels > 0, levels[filled.levels - 1].share >= share {
      filled.levels -= 1
      let level = levels[filled.levels]
      while filled.journal > Int(level.journal) {
        filled.journal -= 1
        let entry = journal[filled.journal]
        let link = Int(entry.link)
        capacity[link] = entry.capacity
        counts[link] += 1
        candidates[link] = entry.capacity * inverses[Int(counts[link])]
      }
      for index in Int(flowStarts[Int(level.bottleneck)])..<Int(flowEnds[Int(level.bottleneck)]) {
        let flow = Int(flows[index])
        let place = Int(places[flow])
        if rates[place] >= share {
          rates[place] = -1
          unset += 1
        }
      }
    }
    for flow in ended {
      unset -= 1
      for position in Int(starts[flow])..<Int(starts[flow + 1]) {
        let link = Int(links[position])
        counts[link] -= 1
        candidates[link] = counts[link] > 0 ? capacity[link] * inverses[Int(counts[link])] : .infinity
        var index = Int(flowStarts[link])
        while Int(flows[index]) != flow { index += 1 }
        flowEnds[link] -= 1
        flows.swapAt(index, Int(flowEnds[link]))
      }
      remove(flow)
    }
    ended.removeAll(keepingCapacity: true)
    return unset
  }

  /// Gives max-min fair rates to the flows that have none.
  private func fill(_ count: Int, after filled: inout Filled) {
    var unset = count
    // Shares never shrink from one bottleneck to the next; rounding must not make them.
    var share = filled.levels > 0 ? levels[filled.levels - 1].share : 0
    while unset > 0 {
      let (bottleneck, least) = leastCandidate()
      share = max(share, least)
      levels[filled.levels] = Level(share: share, bottleneck: Int32(bottleneck), journal: Int32(filled.journal))
      filled.levels += 1
      for index in Int(flowStarts[bottleneck])..<Int(flowEnds[bottleneck]) {
        let flow = Int(flows[index])
        let place = Int(places[flow])
        guard rates[place] < 0 else { continue }
        rates[place] = share
        unset -= 1
        for position in Int(starts[flow])..<Int(starts[flow + 1]) {
          let link = Int(links[position])
          journal[filled.journal] = Entry(capacity: capacity[link], link: Int32(link))
          filled.journal += 1
          capacity[link] -= share
          counts[link] -= 1
          candidates[link] = counts[link] > 0 ? capacity[link] * inverses[Int(counts[link])] : .infinity
        }
      }
    }
  }

  /// The first link whose flows would get least, and that.
  private func leastCandidate() -> (link: Int, share: Double) {
    let count = candidates.count
    let candidates = candidates.baseAddress!
    let raw = UnsafeRawPointer(candidates)
    var leasts = SIMD8<Double>(repeating: .infinity)
    let whole = count & ~7
    for link in stride(from: 0, to: whole, by: 8) {
      for lane in 0..<8 {
        let next = candidates[link + lane]
        leasts[lane] = next < leasts[lane] ? next : leasts[lane]
      }
    }
    var least = Double.infinity
    for lane in 0..<8 { least = min(least, leasts[lane]) }
    for link in whole..<count { least = min(least, candidates[link]) }
    var link = 0
    while link < whole, !any(raw.loadUnaligned(fromByteOffset: 8 * link, as: SIMD8<Double>.self) .== least) {
      link += 8
    }
    while candidates[link] != least { link += 1 }
    return (link, least)
  }

  /// Puts the last flow in the place of one that has ended.
  private func remove(_ flow: Int) {
    unended -= 1
    let (place, last) = (Int(places[flow]), Int(active[unended]))
    active[place] = Int32(last)
    left[place] = left[unended]
    least[place] = least[unended]
    rates[place] = rates[unended]
    places[last] = Int32(place)
  }
}
