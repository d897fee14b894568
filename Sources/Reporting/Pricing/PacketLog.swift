import PerformanceModel

/// The rounds of a packet simulation as CSV: a line per link and per NIC that moved something.
///
/// Equal rounds in a row are one entry, with `rounds` saying how many. Microseconds; `start_us` includes the delays so far.
public struct PacketLog: Sendable {
  public private(set) var text =
    "first_round,rounds,start_us,round_us,kind,source,destination,link,packets,bytes\n"

  public init() {}

  public mutating func append(_ round: PacketRound) {
    let prefix = "\(round.first + 1),\(round.count),\(round.start),\(round.time)"
    for link in round.links {
      text += "\(prefix),link,\(link.source),\(link.destination),\(link.number),\(link.packets),\(link.bytes)\n"
    }
    for (rank, bytes) in round.nicBytes.enumerated() where bytes > 0 { text += "\(prefix),nic,\(rank),,,,\(bytes)\n" }
  }
}
