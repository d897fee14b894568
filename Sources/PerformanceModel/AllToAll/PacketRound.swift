/// What a simulated round of the packet mesh moved, and how many rounds in a row were like it.
public struct PacketRound: Equatable, Sendable {
  /// A link that carried something.
  public struct Link: Equatable, Sendable {
    public var source: Int
    public var destination: Int
    /// 0-based among the links of the pair.
    public var number: Int
    public var packets: Int
    public var bytes: Double
  }

  /// 0-based number of the first of the equal rounds.
  public var first: Int
  /// Equal rounds in a row.
  public var count: Int
  /// Microseconds from the start of the simulation to that of the first round.
  public var start: Double
  /// Microseconds of one round, without the base delay.
  public var time: Double
  /// By pair, the lower rank first, then by number.
  public var links: [Link]
  /// `[ranks]` bytes that each NIC sent and received.
  public var nicBytes: [Double]

  init(_ mesh: PacketMesh, first: Int, start: Double, run: RoundRobinSchedule.Run) {
    self.first = first
    count = run.count
    self.start = start
    time = run.time
    nicBytes = mesh.nicBytes
    let perPair = mesh.pairs.isEmpty ? 1 : mesh.links.count / mesh.pairs.count
    links = mesh.links.enumerated().filter { $0.element.packets > 0 }.map { index, use in
      let pair = mesh.pairs[index / perPair]
      let source = Int(use.source)
      return Link(
        source: source, destination: source == pair.low ? pair.high : pair.low, number: index % perPair,
        packets: Int(use.packets), bytes: use.bytes)
    }
  }
}
