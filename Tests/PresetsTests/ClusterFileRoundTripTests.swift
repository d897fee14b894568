import Diagnostics
import ExpertReplay
import Foundation
import Testing

/// Every shipped cluster, in both phases, is the same after it was written as one self-contained file.
@Suite struct ClusterFileRoundTripTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  static let names =
    ((try? FileManager.default.contentsOfDirectory(atPath: root.appending(path: "clusters").path)) ?? [])
    .filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }.sorted()

  static let cases = names.flatMap { name in [false, true].map { (name, $0) } }

  private static func text(_ cluster: Cluster) -> String { ClusterFile(cluster, comments: []).text }

  private static func read(_ text: String) throws -> Cluster {
    try Cluster(settings: Settings(parsing: text, name: "written.yaml"))
  }

  @Test("What is written is read back equal", arguments: cases)
  func roundTrip(name: String, isDecode: Bool) throws {
    var cluster = try Machine(named: Self.root.appending(path: "clusters/\(name).yaml").path).cluster(
      isDecode: isDecode)
    // Names of files that it no longer needs.
    cluster.parts = nil
    let read = try Self.read(Self.text(cluster))
    // Figures in other units than the file's are off in the last bit.
    #expect(Self.text(read) == Self.text(cluster))
    #expect(try Self.read(Self.text(read)) == read)
    #expect(Self.rounded(read) == Self.rounded(cluster))
  }

  @Test("Every figure that a cluster file may have is written")
  func everyFigure() throws {
    let text = """
      name: mine
      ranks: 16
      ranksPerNode: 8
      allToAll: port
      copies: dedup
      scaleUp: {bandwidth: 300 GB/s, small: {latency: 7 us, bandwidth: 40 GB/s}, dispatchLatency: {4: 0.05 us, 8: 10 us}}
      scaleOut: {bandwidth: 45 GB/s, combineFloor: 3 us, halfSize: 10 KB}
      work:
        dispatch: {expertLatency: 0.0123 ns, hiddenLatency: 3 ns, tokenTime: 17 ns, blocks: 24, fill: {8: 9 us, 16: 15 us}}
        combine: {copyTime: 4.5 ns, copyBandwidth: 2995 GB/s, fill: unlimited}
      formats: {fp8: {scaleBlock: 128, metadata: 16 B}, bf16: {}}
      gpu: {memory: 80 GB, hbm: 3 TB/s, bf16: 900 TFLOP/s}
      experts:
        tokens: batch
        fp8-block: {launch: 20 us, slotLatency: 200 ns, floor: 300 us, hbm: 0.8, math: 0.7, smallMath: 0.2, visit: 7 ns,
                    visitTraffic: 5, tokenTraffic: 0.8, sort: 6 us, tile: {0: 16, 9: 32}, smoothness: 2,
                    uncertainty: {fixed: 0.1, rate: 0.05, measured: {ranks: 4..8, hidden: 7168}}}
        bf16: {hbm: 0.8, math: 0.7}
      overlap: {fraction: 0.5, derate: 0.8}
      uncertainty: {communication: {fixed: 0.1, measured: {tokens: 1..9}}}
      """
    let cluster = try Self.read(text)
    let read = try Self.read(Self.text(cluster))
    #expect(Self.text(read) == Self.text(cluster))
    #expect(read.work.dispatch.fill == cluster.work.dispatch.fill)
    #expect(read.work.combine == cluster.work.combine && read.formats == cluster.formats)
    #expect(read.experts == cluster.experts && read.scaleUp == cluster.scaleUp)
    #expect(abs(read.work.dispatch.expertLatency / 1.23e-5 - 1) < 1e-9)
  }

  /// Every number of a cluster to twelve digits, which unlike its file's six tells figures that were left out or cut; in
  /// the order of their digits, as dictionaries have none.
  private static func rounded(_ cluster: Cluster) -> [String] {
    var text = ""
    dump(cluster, to: &text)
    return text.split(whereSeparator: { " ,()[]\n".contains($0) }).map { word in
      Double(word).map { String(format: "%.11e", $0) } ?? String(word)
    }.sorted()
  }
}
