import PerformanceModel

/// The rounds of a packet simulation as CSV: a line per link and per NIC that moved something.
///
/// Equal rounds in a row are one entry, with `rounds` saying how many. Microseconds; `start_us` includes the delays so far.
public struct PacketLog: Sendable {
  public static let header = "first_round,rounds,start_us,round_us,kind,source,destination,link,packets,bytes\n"

  /// The lines, without the header.
  public private(set) var text = ""
  private let labels: String

  /// - Parameter labels: what every line begins with; nothing, or cells that end in a comma.
  public init(labels: String = "") { self.labels = labels }

  public mutating func append(_ round: PacketRound) {
    let prefix = "\(labels)\(round.first + 1),\(round.count),\(round.start),\(round.time)"
    for link in round.links {
      text += "\(prefix),link,\(link.source),\(link.destination),\(link.number),\(link.packets),\(link.bytes)\n"
    }
    for (rank, bytes) in round.nicBytes.enumerated() where bytes > 0 { text += "\(prefix),nic,\(rank),,,,\(bytes)\n" }
  }
}
