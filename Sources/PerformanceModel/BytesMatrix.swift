import Containers
import Diagnostics

/// Bytes that each rank sends each other, `[ranks][ranks]`, row = source; the diagonal is free.
public struct BytesMatrix: Equatable, Sendable {
  public let ranks: Int
  public let bytes: [Double]

  /// Bytes that one rank sends another at most: the largest whole numbers that all are numbers of their own.
  package static let maximumBytes = 0x1p53

  /// Reads rows of comma-separated numbers without a header.
  ///
  /// - Throws: `InputError` with the line and column of what is not a number of bytes, or not square.
  public init(csv text: String, name: String) throws(InputError) {
    var ranks = 0
    var rows = 0
    var bytes: [Double] = []
    let reader = CSVReader(text: text, name: name)
    while let row = try reader.next() {
      let place = InputError.Place(line: row.line)
      let count = row.count
      if rows == 0 {
        ranks = count
        guard ranks <= Cluster.maximumRanks else {
          throw InputError("\(ranks) columns, expected at most \(Cluster.maximumRanks)", in: name, at: place)
        }
      }
      guard count == ranks else {
        throw InputError("\(count) columns, expected \(ranks) as in the first row", in: name, at: place)
      }
      guard rows < ranks else {
        throw InputError("more rows than the \(ranks) columns", in: name, at: place)
      }
      for (column, cell) in row.enumerated() {
        let text = String(decoding: cell, as: UTF8.self)
        guard let value = Double(text), value.isFinite, value >= 0 else {
          let found = "'\(text.prefix(40))'"
          throw InputError("column \(column + 1): \(found) is not a number of bytes", in: name, at: place)
        }
        guard value <= Self.maximumBytes else {
          let most = Int(Self.maximumBytes)
          throw InputError("column \(column + 1): \(text) bytes, expected at most \(most)", in: name, at: place)
        }
        bytes.append(value)
      }
      rows += 1
    }
    guard rows > 0 else { throw InputError("empty, expected ranks × ranks bytes", in: name) }
    guard rows == ranks else { throw InputError("\(rows) rows of \(ranks) columns, expected a square", in: name) }
    self.ranks = ranks
    self.bytes = bytes
  }
}

/// What one All-to-All of a bytes matrix costs.
public struct MatrixPrice: Sendable {
  /// The communication model's name.
  public let allToAll: String
  public let ranks: Int
  /// Microseconds.
  public let time: Double
  /// Microseconds that no schedule can beat.
  public let bound: Double
  /// A link and the fraction of what it could have carried that it carried.
  public struct LinkUse: Codable, Equatable, Sendable {
    public let link: String
    public let utilisation: Double
  }

  /// The links, the most used first, in the network's order among equals; empty unless the model knows links.
  public let links: [LinkUse]
  /// The most used link; nil when nothing was sent or the model does not know links.
  public var bottleneck: LinkUse? { links.first.flatMap { $0.utilisation > 0 ? $0 : nil } }
  /// The rounds, when the model is the packet simulation.
  public let schedule: RoundRobinSchedule?

  /// Prices the matrix as dispatch, each byte straight from its row to its column, on as many ranks as it has rows.
  ///
  /// - Parameter log: is told of the packet simulation's rounds.
  /// - Throws: `InputError` when the ranks do not fill the cluster's nodes, the model cannot move the packets, or there is a
  ///   `log` and no packets.
  public init(of matrix: BytesMatrix, on cluster: Cluster, log: ((PacketRound) -> Void)? = nil) throws {
    var sized = try cluster.resized(ranks: matrix.ranks)
    sized.copies = .direct
    var traffic = Traffic(ranks: sized.ranks, ranksPerNode: sized.ranksPerNode)
    traffic.visits = matrix.bytes
    let payload = Payload(dispatchBytes: 1, combineBytes: nil)
    let model = try sized.makeAllToAll()
    allToAll = sized.allToAll
    ranks = sized.ranks
    guard log == nil || model is RoundRobinModel else {
      throw InputError("'\(allToAll)' has no rounds to log; use round-robin", status: .usage)
    }
    if let packets = model as? RoundRobinModel {
      let schedule = try packets.schedule(bytes: matrix.bytes, ranks: matrix.ranks, log: log)
      time = schedule.time
      bound = try BoundModel(cluster: sized).price(traffic, payload: payload).dispatch
      self.schedule = schedule
      links = []
    } else if let fluid = model as? FairShareModel {
      let flow = fluid.flow(matrix.bytes, ranks: matrix.ranks)
      time = fluid.network.dispatchLatency + flow.time
      bound = try BoundModel(cluster: sized).price(traffic, payload: payload).dispatch
      schedule = nil
      let uses = zip(fluid.network.links, flow.utilisation).map { LinkUse(link: $0.name, utilisation: $1) }
      links = uses.enumerated()
        .sorted { ($1.element.utilisation, $0.offset) < ($0.element.utilisation, $1.offset) }.map(\.element)
    } else {
      let cost = try model.price(traffic, payload: payload)
      time = cost.dispatch
      bound = cost.bound
      schedule = nil
      links = []
    }
  }
}
