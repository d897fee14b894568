import Diagnostics
import Foundation
import PerformanceModel
import Randomness
import TestTraces
import Testing

/// One run of the reference packet simulation, in its units: bytes and milliseconds.
struct PacketCase: Decodable, CustomTestStringConvertible, Sendable {
  struct Parameters: Decodable, Sendable {
    var numNodes: Int
    var numLinks: Int
    var baseDelay: Double
    var initialCpuDelay: Double
    var intraBw: Double
    var packetSize: Double
    var packetPrepDelay: Double
    var roundRobinMaxPackets: Int
    var nicRate: Double
  }

  var name: String
  var params: Parameters
  var bytes: [[Double]]
  var commTime: Double
  var rounds: Int
  var roundTimes: [Double]

  var testDescription: String { name }

  var parameters: RoundRobinParameters {
    RoundRobinParameters(
      links: params.numLinks, linkBandwidth: params.intraBw / 1e3, packetSize: params.packetSize,
      packetPreparation: params.packetPrepDelay * 1e3, maxPacketsPerTurn: params.roundRobinMaxPackets,
      nicRate: params.nicRate, baseDelay: params.baseDelay * 1e3, initialDelay: params.initialCpuDelay * 1e3)
  }

  static let all: [PacketCase] = {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    guard let url = Bundle.module.url(forResource: "Data/round-robin", withExtension: "json"),
      let data = try? Data(contentsOf: url), let cases = try? decoder.decode([PacketCase].self, from: data)
    else { return [] }
    return cases
  }()
}

@Suite struct RoundRobinModelTests {
  static func isClose(_ a: Double, _ b: Double) -> Bool { abs(a - b) <= 1e-9 * max(abs(a), abs(b)) }

  @Test("All known answers are there")
  func casesExist() { #expect(PacketCase.all.count == 21) }

  @Test("Total, rounds and each round's time equal the reference's", arguments: PacketCase.all)
  func equalsReference(known: PacketCase) throws {
    let model = RoundRobinModel(parameters: known.parameters, copies: .direct)
    let schedule = try model.schedule(bytes: Array(known.bytes.joined()), ranks: known.params.numNodes)
    #expect(Self.isClose(schedule.time, known.commTime * 1e3))
    #expect(schedule.rounds == known.rounds)
    let times = schedule.roundTimes()
    #expect(times.count == known.roundTimes.count)
    #expect(zip(times, known.roundTimes).allSatisfy { Self.isClose($0, $1 * 1e3) })
  }

  @Test("Counting equal rounds gives what simulating every round gives", arguments: 0..<60)
  func equalsSlowSimulation(seed: Int) throws {
    var generator = SeededGenerator(seed: UInt64(seed))
    let ranks = 2 + generator.below(5)
    let packet = Double(1 + generator.below(30))
    let parameters = RoundRobinParameters(
      links: 1 + generator.below(3), linkBandwidth: (packet + Double(generator.below(150))) / 1e3, packetSize: packet,
      packetPreparation: Double(generator.below(3)) * 500, maxPacketsPerTurn: 1 + generator.below(5),
      nicRate: packet + Double(generator.below(600)), baseDelay: 2000, initialDelay: 500)
    let bytes = (0..<ranks * ranks).map { _ in
      generator.below(4) == 0 ? 0 : Double(generator.below(generator.below(3) == 0 ? 20_000 : 900))
    }
    let schedule = try RoundRobinModel(parameters: parameters, copies: .direct).schedule(bytes: bytes, ranks: ranks)
    let expected = NaivePackets.roundTimes(bytes: bytes, ranks: ranks, parameters)
    #expect(schedule.rounds == expected.count)
    #expect(zip(schedule.roundTimes(), expected).allSatisfy { Self.isClose($0, $1) })
    let total = 500 + expected.reduce(0) { $0 + $1 + 2000 }
    #expect(Self.isClose(schedule.time, total))
  }

  @Test("A packet that can never fit is an error, not an endless loop", arguments: [(50.0, 100.0), (1000.0, 10.0)])
  func neverFits(nicRate: Double, linkBytes: Double) {
    let parameters = RoundRobinParameters(
      links: 1, linkBandwidth: linkBytes / 1e3, packetSize: 64, packetPreparation: 0, maxPacketsPerTurn: 5,
      nicRate: nicRate, baseDelay: 0, initialDelay: 0)
    let model = RoundRobinModel(parameters: parameters, copies: .direct)
    #expect(throws: InputError.self) { try model.schedule(bytes: [0, 640, 640, 0], ranks: 2) }
  }

  @Test("Gigabytes in small packets are counted, not walked through")
  func large() throws {
    let parameters = RoundRobinParameters(
      links: 1, linkBandwidth: 0.1, packetSize: 20, packetPreparation: 1000, maxPacketsPerTurn: 5, nicRate: 10_000,
      baseDelay: 2000, initialDelay: 0)
    let bytes = Array(repeating: 1e9, count: 64)
    let schedule = try RoundRobinModel(parameters: parameters, copies: .direct).schedule(bytes: bytes, ranks: 8)
    #expect(schedule.rounds == 20_000_000)
    #expect(Self.isClose(schedule.time, 20_000_000 * 8000))
  }

  @Test("With one link per pair, the closed form and the bound stay below the simulation", arguments: PacketCase.all)
  func lowerBounds(known: PacketCase) throws {
    let ranks = known.params.numNodes
    let cluster = Cluster(
      name: known.name, ranks: ranks, ranksPerNode: ranks, allToAll: "round-robin", copies: .direct,
      sections: [known.parameters])
    var traffic = Traffic(ranks: ranks, ranksPerNode: ranks)
    traffic.visits = Array(known.bytes.joined())
    let payload = Payload(dispatchBytes: 1, combineBytes: nil)
    let simulated = try RoundRobinModel(cluster: cluster).price(traffic, payload: payload).dispatch
    let closed = try ClosedFormModel(cluster: cluster).price(traffic, payload: payload).dispatch
    let bound = try BoundModel(cluster: cluster).price(traffic, payload: payload).dispatch
    if known.params.numLinks == 1 { #expect(closed <= simulated * (1 + 1e-12)) }
    #expect(bound <= simulated * (1 + 1e-12))
  }

  @Test("The closed form gives the document's even loads exactly", arguments: PacketCase.all.prefix(2))
  func closedForm(known: PacketCase) throws {
    let cluster = Cluster(name: "even", ranks: 8, ranksPerNode: 8, copies: .direct, sections: [known.parameters])
    let remote = known.bytes.enumerated().map { row in
      row.element.enumerated().filter { $0.offset != row.offset }.map(\.element).reduce(0, +)
    }
    let time = try ClosedFormModel(cluster: cluster).time(remoteBytes: remote.reduce(0, +), ranks: 8)
    #expect(Self.isClose(time, known.commTime * 1e3))
  }

  @Test(
    "Links between clusters have their own bandwidth, and neutral clusters change nothing", arguments: PacketCase.all)
  func clusters(known: PacketCase) throws {
    let ranks = known.params.numNodes
    let bytes = Array(known.bytes.joined())
    var parameters = known.parameters
    let plain = try RoundRobinModel(parameters: parameters, copies: .direct).schedule(bytes: bytes, ranks: ranks)
    parameters.clusters = .init(nodesPerCluster: 2, linkBandwidth: parameters.linkBandwidth)
    let neutral = try RoundRobinModel(parameters: parameters, copies: .direct).schedule(bytes: bytes, ranks: ranks)
    #expect(neutral.runs == plain.runs)
    parameters.clusters?.linkBandwidth = parameters.linkBandwidth * 1.5
    let schedule = try RoundRobinModel(parameters: parameters, copies: .direct).schedule(bytes: bytes, ranks: ranks)
    let expected = NaivePackets.roundTimes(bytes: bytes, ranks: ranks, parameters)
    #expect(schedule.rounds == expected.count)
    #expect(zip(schedule.roundTimes(), expected).allSatisfy { Self.isClose($0, $1) })
  }

  @Test("Packets prepared at once share their preparation")
  func preparedAtOnce() throws {
    let known = try #require(PacketCase.all.first)
    var parameters = known.parameters
    parameters.preparedAtOnce = 2
    let schedule = try RoundRobinModel(parameters: parameters, copies: .direct)
      .schedule(bytes: Array(known.bytes.joined()), ranks: 8)
    // Rounds of 5 packets: 3 preparations of 1 ms and 1 ms of sending, after 2 ms of base delay.
    #expect(schedule.rounds == known.rounds)
    #expect(Self.isClose(schedule.time, 32 * (3000 + 1000 + 2000)))
  }

  @Test("The log has every byte, link and NIC, and ends when the simulation does", arguments: PacketCase.all)
  func log(known: PacketCase) throws {
    let ranks = known.params.numNodes
    let bytes = Array(known.bytes.joined())
    var rounds: [PacketRound] = []
    let schedule = try RoundRobinModel(parameters: known.parameters, copies: .direct)
      .schedule(bytes: bytes, ranks: ranks) { rounds.append($0) }
    var carried = Array(repeating: 0.0, count: ranks * ranks)
    var nics = 0.0
    for round in rounds {
      for link in round.links {
        carried[link.source * ranks + link.destination] += link.bytes * Double(round.count)
        #expect(link.number < known.params.numLinks)
      }
      nics += round.nicBytes.reduce(0, +) * Double(round.count)
    }
    let remote = bytes.enumerated().map { $0.offset / ranks == $0.offset % ranks ? 0 : $0.element }
    #expect(zip(carried, remote).allSatisfy { abs($0 - $1) < 1e-6 })
    #expect(abs(nics - 2 * remote.reduce(0, +)) < 1e-6, "every byte passes two NICs")
    #expect(rounds.map(\.count).reduce(0, +) == schedule.rounds)
    if let last = rounds.last {
      let end = last.start + Double(last.count) * (last.time + known.parameters.baseDelay)
      #expect(Self.isClose(end, schedule.time))
    }
  }

  @Test("Combine sends the transposed matrix")
  func combine() throws {
    let known = try #require(PacketCase.all.first { $0.name.hasPrefix("published") })
    let model = RoundRobinModel(parameters: known.parameters, copies: .direct)
    var traffic = Traffic(ranks: 8, ranksPerNode: 8)
    traffic.visits = Array(known.bytes.joined())
    let cost = try model.price(traffic, payload: Payload(dispatchBytes: 1, combineBytes: 1))
    let transposed = (0..<64).map { known.bytes[$0 % 8][$0 / 8] }
    #expect(cost.combine == (try model.schedule(bytes: transposed, ranks: 8).time))
    #expect(Self.isClose(cost.dispatch, 219_060))
  }
}

/// All-to-Alls of any size come to an end.
@Suite struct LargeAllToAllTests {
  private func parameters(packetSize: Double) -> RoundRobinParameters {
    RoundRobinParameters(
      links: 2, linkBandwidth: 0.1, packetSize: packetSize, packetPreparation: 1, maxPacketsPerTurn: 4, nicRate: 400,
      baseDelay: 1, initialDelay: 0)
  }

  @Test("A queue that waits behind long ones does not make every round be simulated", .timeLimit(.minutes(1)))
  func waitsBehindLongQueues() throws {
    // Ranks 0 and 1 keep the NIC of rank 2 busy, and rank 3's byte waits until they are done.
    let large = 0x1p44
    let bytes = [0, 0, large, 0, 0, 0, large, 0, 0, 0, 0, 0, 0, 0, 1, 0]
    let schedule = try RoundRobinModel(parameters: parameters(packetSize: 20), copies: .direct)
      .schedule(bytes: bytes, ranks: 4)
    // Each round fills rank 2's NIC.
    #expect(abs(Double(schedule.rounds) / (2 * large / 400) - 1) < 0.01)
    #expect(schedule.time.isFinite)
  }

  @Test("More packets than can be told apart are refused")
  func refusesTooManyPackets() {
    let model = RoundRobinModel(parameters: parameters(packetSize: 1e-3), copies: .direct)
    let error = #expect(throws: InputError.self) { try model.schedule(bytes: [0, 0x1p53, 1, 0], ranks: 2) }
    #expect(error?.message.contains("expected at most") == true)
  }
}
