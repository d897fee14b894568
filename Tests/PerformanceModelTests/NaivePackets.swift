import PerformanceModel

/// The document's loop as it is written, round by round and packet by packet.
enum NaivePackets {
  struct Link {
    var packets: [Double] = []
    var source: Int?
    var bytes: Double { packets.reduce(0, +) }
  }

  static func roundTimes(bytes: [Double], ranks: Int, _ parameters: RoundRobinParameters) -> [Double] {
    var left = bytes
    for rank in 0..<ranks { left[rank * ranks + rank] = 0 }
    var times: [Double] = []
    while left.contains(where: { $0 > 0 }) {
      var nics = Array(repeating: 0.0, count: ranks)
      var links: [[Int]: [Link]] = [:]
      for source in 0..<ranks {
        var sent: Bool
        repeat {
          sent = false
          for destination in 0..<ranks where destination != source {
            for _ in 0..<parameters.maxPacketsPerTurn {
              let amount = min(left[source * ranks + destination], parameters.packetSize)
              let pair = [min(source, destination), max(source, destination)]
              var mine = links[pair] ?? Array(repeating: Link(), count: parameters.links)
              guard amount > 0, nics[source] + amount <= parameters.nicRate,
                nics[destination] + amount <= parameters.nicRate,
                let free = mine.firstIndex(where: {
                  ($0.source ?? source) == source
                    && $0.bytes + amount
                      <= (parameters.linkBandwidth(between: source, and: destination) * 1000).rounded()
                })
              else { break }
              mine[free].packets.append(amount)
              mine[free].source = source
              links[pair] = mine
              nics[source] += amount
              nics[destination] += amount
              left[source * ranks + destination] -= amount
              sent = true
            }
          }
        } while sent
      }
      times.append(time(of: links, parameters))
    }
    return times
  }

  private static func time(of links: [[Int]: [Link]], _ parameters: RoundRobinParameters) -> Double {
    let preparation = parameters.packetPreparation
    func rate(_ pair: [Int]) -> Double { parameters.linkBandwidth(between: pair[0], and: pair[1]) }
    guard let multiplier = parameters.overlapPreparation else {
      let packets = max(1, links.values.map { $0[0].packets.count }.max() ?? 0)
      return Double(packets) * preparation + (links.map { $1[0].bytes / rate($0) }.max() ?? 0)
    }
    let times = links.map { pair, links in
      let sending = links[0].packets.map { $0 / rate(pair) }
      return preparation + sending.dropLast().reduce(0) { $0 + max(preparation, $1) } + (sending.last ?? 0)
    }
    return multiplier * (times.max() ?? 0)
  }
}
