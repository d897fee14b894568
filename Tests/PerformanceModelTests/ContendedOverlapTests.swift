import Diagnostics
import PerformanceModel
import Randomness
import Testing

/// Communication and computation that slow each other down while they run beside each other.
@Suite struct ContendedOverlapTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let communication, experts, derate, computeDerate, total: Double
    var testDescription: String { "\(communication) and \(experts) at \(derate) and \(computeDerate)" }
  }

  static func total(
    _ communication: Double, _ experts: Double, _ derate: Double, _ computeDerate: Double?, fraction: Double = 1
  ) -> Double {
    LayerTime(dispatch: communication, experts: experts, combine: 0)
      .total(Overlap(fraction: fraction, derate: derate, computeDerate: computeDerate))
  }

  @Test(arguments: [
    Case(communication: 100, experts: 100, derate: 1, computeDerate: 1, total: 100),
    Case(communication: 100, experts: 100, derate: 0.8, computeDerate: 1, total: 120),
    Case(communication: 50, experts: 100, derate: 0.8, computeDerate: 1, total: 100),
    Case(communication: 50, experts: 100, derate: 1, computeDerate: 0.85, total: 107.5),
    Case(communication: 100, experts: 100, derate: 0.8, computeDerate: 0.85, total: 123.53),
    Case(communication: 200, experts: 100, derate: 0.8, computeDerate: 0.85, total: 223.53),
    Case(communication: 100, experts: 100, derate: 0.4, computeDerate: 0.5, total: 220),
  ])
  func `each at its speed until one ends, then the other alone`(given: Case) {
    let upper = given.communication + given.experts
    func total(_ fraction: Double) -> Double {
      Self.total(given.communication, given.experts, given.derate, given.computeDerate, fraction: fraction)
    }
    #expect(abs(total(1) - given.total) < 0.005)
    #expect(total(0) == upper)
    #expect(abs(total(0.25) - (upper - 0.25 * (upper - total(1)))) < 1e-9)
  }

  /// The two cases as they are read: the one that ends first leaves the other alone.
  private static func byCases(_ c: Double, _ e: Double, _ dc: Double, _ de: Double) -> Double {
    c / dc <= e / de ? e + (1 - de) * c / dc : c + (1 - dc) * e / de
  }

  @Test func laws() {
    var generator = SeededGenerator(seed: 7)
    func speed() -> Double { 0.01 + 0.99 * generator.unit() }
    for _ in 0..<2000 {
      let (c, e) = (1000 * generator.unit(), 1000 * generator.unit())
      let (dc, de) = (speed(), speed())
      let total = Self.total(c, e, dc, de)
      let rounding = 1e-12 * max(total, c + e)
      #expect(abs(total - Self.byCases(c, e, dc, de)) <= rounding)
      #expect(total >= max(c, e) - rounding)
      #expect(abs(total - Self.total(e, c, de, dc)) <= rounding)
      // Longer parts and lower speeds never end earlier.
      #expect(Self.total(c * 1.1, e, dc, de) >= total - rounding)
      #expect(Self.total(c, e * 1.1, dc, de) >= total - rounding)
      #expect(Self.total(c, e, dc * 0.9, de) >= total - rounding)
      #expect(Self.total(c, e, dc, de * 0.9) >= total - rounding)
      // Both pay exactly where they do more together than one does alone, whichever ends first.
      let first = c / dc <= e / de
      #expect((total <= c + e) == (first ? (1 - de) / dc <= 1 : (1 - dc) / de <= 1) || abs(dc + de - 1) < 1e-9)
      #expect(Overlap(fraction: 1, derate: dc, computeDerate: de).costsTime == (dc + de < 1))
      // Nothing jumps where both end at once.
      let meeting = dc * e / de
      let (before, after) = (Self.total(meeting * 0.999_999, e, dc, de), Self.total(meeting * 1.000_001, e, dc, de))
      #expect(abs(after - before) <= 1e-5 * (meeting / dc + e))
      // A computation that is not slowed down is one of which nothing is said, to the bit.
      #expect(Self.total(c, e, dc, 1, fraction: dc) == Self.total(c, e, dc, nil, fraction: dc))
      #expect(Self.total(c, e, dc, nil, fraction: dc) == c + e - dc * min(c, dc * e))
    }
  }

  /// No schedule ends before its longest kernel, nor before what all need of a resource together.
  private static func resourceBound(_ kernels: [(time: Double, uses: [Double])]) -> Double {
    let longest = kernels.map(\.time).max() ?? 0
    let sums = kernels[0].uses.indices.map { resource in
      kernels.reduce(0) { $0 + $1.time * $1.uses[resource] }
    }
    return max(longest, sums.max() ?? 0)
  }

  @Test func `no overlap beats what its kernels need of shared resources`() {
    #expect(Self.resourceBound([(100, [0.15]), (100, [1])]) == 115)
    #expect(abs(Self.total(100, 100, 1, 0.85) - 115) < 1e-9)
    var generator = SeededGenerator(seed: 3)
    for _ in 0..<2000 {
      let (c, e) = (1000 * generator.unit(), 1000 * generator.unit())
      // Two resources, of which one has to be full alone; speeds that the resources can keep up together.
      let uses = [[generator.unit(), 1], [1, generator.unit()]]
      let derate = 0.01 + 0.99 * generator.unit()
      let left = (0..<2).map { (1 - derate * uses[0][$0]) / uses[1][$0] }.min() ?? 0
      guard left >= 0.01 else { continue }
      let total = Self.total(c, e, derate, min(1, left))
      #expect(total >= Self.resourceBound([(c, uses[0]), (e, uses[1])]) - 1e-9)
    }
  }

  @Test(
    arguments: [
      (10.0, 1.0, 1.0, 120.0), (70, 1, 1, 140), (70, 0.8, 0.85, 155), (70, 1, 0.85, 152), (20, 0.5, 0.8, 200),
    ])
  func `two batches: attention is slowed by the other's communication, as far as both last`(
    attention: Double, derate: Double, computeDerate: Double, total: Double
  ) {
    let half = LayerTime(dispatch: 15, experts: 20, combine: 25)
    let overlap = Overlap(fraction: 0, derate: derate, computeDerate: computeDerate)
    #expect(abs(half.twoBatchTotal(attention: attention, overlap) - total) < 1e-9)
  }

  @Test func `attention that ends before the other's communication is not waited for`() {
    var generator = SeededGenerator(seed: 5)
    for _ in 0..<1000 {
      let half = LayerTime(
        dispatch: 100 * generator.unit(), experts: 100 * generator.unit(), combine: 100 * generator.unit())
      let attention = 100 * generator.unit()
      let (derate, computeDerate) = (0.01 + 0.99 * generator.unit(), 0.01 + 0.99 * generator.unit())
      let beside = half.communication / derate
      let slowed =
        beside <= attention / computeDerate ? attention + (1 - computeDerate) * beside : attention / computeDerate
      let total = half.twoBatchTotal(
        attention: attention, Overlap(fraction: 1, derate: derate, computeDerate: computeDerate))
      #expect(abs(total - 2 * max(slowed, half.experts + beside)) <= 1e-12 * total)
    }
  }

  static let text = """
    name: c
    ranks: 8
    ranksPerNode: 8
    allToAll: port
    scaleUp: {bandwidth: 100 GB/s}
    gpu: {memory: 80 GB, hbm: 3 TB/s, bf16: 900 TFLOP/s, multiprocessors: 132}
    overlap: {fraction: 1, derate: 0.8, sms: 20}
    """

  static func cluster(_ old: String = "", _ new: String = "") throws(InputError) -> Cluster {
    try Cluster(settings: Settings(parsing: text.replacing(old, with: new), name: "c.yaml"))
  }

  @Test func `multiprocessors that communicate are missing where experts compute`() throws {
    let overlap = try Self.cluster().overlap
    #expect(overlap.computeDerate == 1 - 20.0 / 132)
    #expect(overlap.computeSpeed == overlap.computeDerate)
    #expect(try Self.cluster("sms: 20", "sms: 0").overlap.computeDerate == 1)
    #expect(try Self.cluster("sms: 20", "computeDerate: 0.85").overlap.computeDerate == 0.85)
    #expect(try Self.cluster(", sms: 20", "").overlap.computeDerate == nil)
    #expect(try Self.cluster(", sms: 20", "").overlap.computeSpeed == 1)
    let waves = try Self.cluster("multiprocessors: 132", "waves: {multiprocessors: 100, columns: 128}")
    #expect(waves.overlap.computeDerate == 0.8)
  }

  @Test(arguments: [
    ("sms: 20", "sms: 132", "overlap.sms: 132 of 132 multiprocessors leave none to compute"),
    ("sms: 20", "sms: -1", "overlap.sms: -1 is outside 0…65535"),
    ("sms: 20", "sms: 20, computeDerate: 0.8", "overlap.sms: computeDerate says it already"),
    ("sms: 20", "computeDerate: 0", "overlap.computeDerate: 0.0 is outside 0.01…1.0"),
    ("sms: 20", "computeDerate: 1.2", "overlap.computeDerate: 1.2 is outside 0.01…1.0"),
    ("sms: 20", "computeDerat: 1", "did you mean 'computeDerate'?"),
    (", multiprocessors: 132", "", "overlap.sms: of how many? The cluster needs gpu.multiprocessors"),
    ("multiprocessors: 132", "multiprocessors: 0", "gpu.multiprocessors: 0 is outside 1…65536"),
    (
      "multiprocessors: 132", "multiprocessors: 132, waves: {multiprocessors: 144, columns: 128}",
      "gpu.waves.multiprocessors: 144, but the GPU has 132"
    ),
  ])
  func refusals(old: String, new: String, message: String) {
    let error = #expect(throws: InputError.self) { try Self.cluster(old, new) }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
  }

  @Test(arguments: ["sms: 20", "sms: 0", "computeDerate: 0.85", "derate: 0.7"])
  func `a file says the same again`(key: String) throws {
    let cluster = try Self.cluster("sms: 20", key == "derate: 0.7" ? "computeDerate: 1" : key)
    let again = try Cluster(settings: Settings(parsing: ClusterFile(cluster, comments: []).text, name: "again"))
    let difference = (again.overlap.computeDerate ?? 0) - (cluster.overlap.computeDerate ?? 2)
    #expect(abs(difference) < 1e-6)
    #expect(again.gpu == cluster.gpu)
  }
}
