/// Queues, NICs and links of the packet mesh, and one round of them.
///
/// Only pairs with bytes left take part, listed per source, so that late rounds with few pairs are cheap.
struct PacketMesh {
  /// What a round sent.
  struct Round {
    var packets = 0
    var firstLinkPackets = 0
    /// Microseconds of the slowest first link's bytes.
    var firstLinkTime = 0.0
    /// Microseconds of the slowest first link when a packet is prepared while the one before it is sent.
    var overlappedTime = 0.0
  }

  struct LinkUse {
    var bytes = 0.0
    var packets: Int32 = 0
    /// Source of the packets; -1 when idle.
    var source: Int32 = -1
  }

  /// A source's queue to one destination.
  private struct Queue {
    let destination: Int
    /// Index of the first link of the pair in `links`.
    let firstLink: Int
    /// Bytes per round of one of the pair's links.
    let capacity: Double
    var remaining: Double
    /// Bytes left before the last round.
    var before: Double
  }

  /// What a turn has to keep to.
  private struct Limits {
    let packetSize: Double
    let nicRate: Double
    let linksPerPair: Int
    let packetsPerTurn: Int
    /// Microseconds of a packet.
    let preparation: Double

    /// A link's first preparation, then the longer of preparing and sending for each packet but the last, and sending
    /// the last: all but the last are full.
    func overlappedTime(of link: LinkUse, bandwidth: Double) -> Double {
      let full = Double(max(0, link.packets - 1))
      let last = link.bytes - full * packetSize
      return preparation + full * max(preparation, packetSize / bandwidth) + last / bandwidth
    }
  }

  private let ranks: Int
  private let limits: Limits
  private var queues: [[Queue]]
  /// `[ranks]` bytes of each NIC in the last round.
  private(set) var nicBytes: [Double]
  /// `[pairs][links]` use in the last round.
  private(set) var links: [LinkUse]
  /// `[pairs]` the two ranks of a pair, the lower first, and the bandwidth of its links.
  private(set) var pairs: [(low: Int, high: Int, bandwidth: Double)] = []

  init(bytes: [Double], ranks: Int, parameters: RoundRobinParameters) {
    self.ranks = ranks
    limits = Limits(
      packetSize: parameters.packetSize, nicRate: parameters.nicRate, linksPerPair: parameters.links,
      packetsPerTurn: parameters.maxPacketsPerTurn, preparation: parameters.packetPreparation)
    var pairOf = Array(repeating: -1, count: ranks * ranks)
    queues = Array(repeating: [], count: ranks)
    nicBytes = Array(repeating: 0, count: ranks)
    links = []
    for source in 0..<ranks {
      for destination in 0..<ranks where destination != source && bytes[source * ranks + destination] > 0 {
        let key = min(source, destination) * ranks + max(source, destination)
        if pairOf[key] < 0 {
          pairOf[key] = pairs.count
          let bandwidth = parameters.linkBandwidth(between: source, and: destination)
          pairs.append((min(source, destination), max(source, destination), bandwidth))
        }
        let amount = bytes[source * ranks + destination]
        queues[source].append(
          Queue(
            destination: destination, firstLink: pairOf[key] * limits.linksPerPair,
            capacity: RoundRobinParameters.bytesPerRound(pairs[pairOf[key]].bandwidth), remaining: amount,
            before: amount))
      }
    }
    links = Array(repeating: LinkUse(), count: pairs.count * limits.linksPerPair)
  }

  var hasBytesLeft: Bool { queues.contains { !$0.isEmpty } }

  var waitingPairs: Int { queues.reduce(0) { $0 + $1.count } }

  /// Simulates one round. Queues that run empty stay listed until `repeatRound()`.
  mutating func runRound() -> Round {
    nicBytes.withUnsafeMutableBufferPointer { $0.update(repeating: 0) }
    links.withUnsafeMutableBufferPointer { $0.update(repeating: LinkUse()) }
    var round = Round()
    let limits = limits
    for source in 0..<ranks where !queues[source].isEmpty {
      queues[source].withUnsafeMutableBufferPointer { queues in
        nicBytes.withUnsafeMutableBufferPointer { nics in
          links.withUnsafeMutableBufferPointer { links in
            for index in queues.indices { queues[index].before = queues[index].remaining }
            var sent: Int
            repeat {
              sent = 0
              for index in queues.indices {
                sent += Self.send(&queues[index], from: source, nics: nics, links: links, limits)
              }
              round.packets += sent
            } while sent > 0
          }
        }
      }
    }
    for (pair, index) in stride(from: 0, to: links.count, by: limits.linksPerPair).enumerated() {
      round.firstLinkPackets = max(round.firstLinkPackets, Int(links[index].packets))
      round.firstLinkTime = max(round.firstLinkTime, links[index].bytes / pairs[pair].bandwidth)
      round.overlappedTime = max(
        round.overlappedTime, limits.overlappedTime(of: links[index], bandwidth: pairs[pair].bandwidth))
    }
    return round
  }

  /// One turn: up to `packetsPerTurn` packets of one queue. Returns the packets sent.
  @inline(__always)
  private static func send(
    _ queue: inout Queue, from source: Int, nics: UnsafeMutableBufferPointer<Double>,
    links: UnsafeMutableBufferPointer<LinkUse>, _ limits: Limits
  ) -> Int {
    var packets = 0
    while packets < limits.packetsPerTurn, queue.remaining > 0 {
      let bytes = min(queue.remaining, limits.packetSize)
      guard nics[source] + bytes <= limits.nicRate, nics[queue.destination] + bytes <= limits.nicRate else { break }
      var link = queue.firstLink
      let end = link + limits.linksPerPair
      while link < end {
        let isOurs = links[link].source < 0 || links[link].source == Int32(truncatingIfNeeded: source)
        if isOurs, links[link].bytes + bytes <= queue.capacity { break }
        link += 1
      }
      guard link < end else { break }
      links[link].source = Int32(truncatingIfNeeded: source)
      links[link].bytes += bytes
      links[link].packets += 1
      nics[source] += bytes
      nics[queue.destination] += bytes
      queue.remaining -= bytes
      packets += 1
    }
    return packets
  }

  /// How many more rounds would be equal to the last one; takes their bytes off the queues and drops empty queues.
  ///
  /// The next round is equal when every queue still offers a full packet wherever it offered one in the last round,
  /// which holds for sure while what is left covers what a round sends and one packet more.
  ///
  /// - Parameter passingOverBlocked: whether to know that a queue which sent nothing offers the same again.
  mutating func repeatRound(passingOverBlocked: Bool) -> Int {
    var repeats = passingOverBlocked ? 0x1p50 : Double(Int32.max)
    for queue in queues.joined() {
      let sent = queue.before - queue.remaining
      if sent == 0, passingOverBlocked { continue }
      guard queue.remaining >= sent + limits.packetSize else {
        repeats = 0
        break
      }
      if sent > 0 { repeats = min(repeats, ((queue.remaining - limits.packetSize) / sent).rounded(.down)) }
    }
    for source in queues.indices {
      for index in queues[source].indices where repeats > 0 {
        let sent = queues[source][index].before - queues[source][index].remaining
        queues[source][index].remaining -= repeats * sent
      }
      queues[source].removeAll { $0.remaining <= 0 }
    }
    return Int(repeats)
  }
}
