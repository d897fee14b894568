import Diagnostics
import PerformanceModel
import Testing

@Suite struct LinkTests {
  static func link(_ text: String) throws -> Link {
    try Link(settings: Settings(parsing: text, name: "l.yaml"))
  }

  @Test(
    "A latency table holds at its entries, between them in log2(ranks), and at its ends beyond them",
    arguments: [(4, 10.0), (8, 10), (16, 15), (32, 20), (64, 26), (128, 26)])
  func table(ranks: Int, microseconds: Double) throws {
    let link = try Self.link("{bandwidth: 1 GB/s, dispatchLatency: {8: 10 us, 32: 20 us, 64: 0.026 ms}}")
    #expect(abs(link.dispatchLatency.microseconds(ranks: ranks) - microseconds) < 1e-12)
    #expect(link.combineLatency.microseconds(ranks: ranks) == 0)
  }

  @Test(
    "What is wrong in a latency is named",
    arguments: [
      ("{eight: 10 us}", "l.yaml: line 1: dispatchLatency.eight: 'eight' is not a number of ranks in 1…4096"),
      ("{8: 10 GB}", "l.yaml: line 1: dispatchLatency.8: '10 GB' is a size, expected a time such as 13.2 us"),
      ("{}", "l.yaml: line 1: dispatchLatency: an empty table"),
      ("-1 us", "l.yaml: line 1: dispatchLatency: '-1 us' is negative"),
    ])
  func refuses(latency: String, message: String) {
    let error = #expect(throws: InputError.self) {
      try Self.link("{bandwidth: 1 GB/s, dispatchLatency: \(latency)}")
    }
    #expect(error?.description == message)
  }

  @Test("Overhead comes on top of the floor, and the floor holds while little is sent")
  func floorAndOverhead() throws {
    var cluster = PortModelTests.cluster(ranks: 4, ranksPerNode: 2, copies: .direct)
    cluster.overhead = OperationOverhead(dispatch: 5, combine: 7)
    cluster.scaleOut?.dispatchFloor = 40
    cluster.scaleOut?.combineFloor = 1
    var traffic = Traffic(ranks: 4, ranksPerNode: 2)
    let payload = Payload(dispatchBytes: 1, combineBytes: 1)
    traffic.visits[2] = 4.5e4
    #expect(try PortModel(cluster: cluster).price(traffic, payload: payload).dispatch == 5 + 40)
    traffic.visits[2] = 90e4
    #expect(try PortModel(cluster: cluster).price(traffic, payload: payload).dispatch == 5 + 25 + 20)
    #expect(try PortModel(cluster: cluster).price(traffic, payload: payload).combine == 7 + 27 + 90e4 / 4e4)
    #expect(try BoundModel(cluster: cluster).price(traffic, payload: payload).dispatch == 20)
  }

  @Test("A message of the half size to each peer runs at half of the bandwidth")
  func halfSize() throws {
    var cluster = PortModelTests.cluster(ranks: 4, ranksPerNode: 4, copies: .direct)
    var traffic = Traffic(ranks: 4, ranksPerNode: 4)
    for peer in 1..<4 { traffic.visits[peer] = 1000 }
    let payload = Payload(dispatchBytes: 1, combineBytes: nil)
    let full = try PortModel(cluster: cluster).price(traffic, payload: payload).dispatch - 13
    cluster.scaleUp?.halfSize = 1000
    let half = try PortModel(cluster: cluster).price(traffic, payload: payload).dispatch - 13
    #expect(abs(half - 2 * full) < 1e-9)
  }
}
