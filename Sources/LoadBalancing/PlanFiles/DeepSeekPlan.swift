import Containers
import Diagnostics

/// The three arrays that DeepSeek's EPLB returns: `phy2log` `[layers][slots]`, `log2phy`
/// `[layers][experts][most replicas]` padded with −1, and `logcnt` `[layers][experts]`; as JSON, or 64-bit integers as
/// `numpy.savez` writes them.
///
/// When read, `phy2log` says all; `logcnt` has to agree with it.
struct DeepSeekPlan: PlanFormat {
  var mark: String { "phy2log" }

  func content(of plan: PlannedPlacement, path: String) throws(InputError) -> [UInt8] {
    let arrays = Arrays(plan)
    return path.hasSuffix(".npz") ? arrays.archive : Array(text(arrays).utf8)
  }

  private func text(_ arrays: Arrays) -> String {
    let slots = arrays.layers.map { layer in
      (0..<layer.experts).map { expert in
        "[\(arrays.slots(ofExpert: expert, in: layer).map(\.description).joined(separator: ","))]"
      }
    }
    return """
      {"phy2log": \(rows(arrays.layers.map(\.physicalToLogical))),
      "log2phy": \(rows(slots)),
      "logcnt": \(rows(arrays.layers.map(arrays.counts)))}

      """
  }

  func plan(in content: [UInt8]) throws(InputError) -> WrittenPlan {
    var (map, counts) = ([[Int]](), [[Int]]?.none)
    if ZipArchive.isZip(content) {
      let archive = try ZipArchive(content)
      map = try Self.matrix("phy2log", in: archive) ?? []
      counts = try Self.matrix("logcnt", in: archive)
    } else {
      var scanner = JSONScanner(content, countsLines: true)
      try scanner.object { scanner, key throws(InputError) in
        switch key {
        case "phy2log": map = try scanner.integerRows()
        case "logcnt": counts = try scanner.integerRows()
        default: try scanner.skipValue()
        }
      }
    }
    if let counts { try Self.check(counts, of: map) }
    return try WrittenPlan(rows: .inOrder, physicalToLogical: map)
  }

  /// `[rows][columns]` of an array; nil if it is not there.
  private static func matrix(_ name: String, in archive: ZipArchive) throws(InputError) -> [[Int]]? {
    guard let entry = archive.entries.first(where: { $0.name == "\(name).npy" }) else { return nil }
    return try attributing(entry.name) { () throws(InputError) in
      let array = try NumpyArray(try archive.content(of: entry))
      guard array.shape.count == 2, array.count > 0 else {
        throw InputError("shape \(array.shape), expected two axes")
      }
      let columns = array.shape[1]
      let values = try array.integers(upTo: Int.max)
      return (0..<array.shape[0]).map { Array(values[$0 * columns..<($0 + 1) * columns]) }
    }
  }

  private static func check(_ counts: [[Int]], of map: [[Int]]) throws(InputError) {
    guard counts.count == map.count else {
      throw InputError("\(counts.count) rows of logcnt for \(map.count) of phy2log")
    }
    for (row, (counted, experts)) in zip(counts, map).enumerated() {
      var left = counted
      for expert in experts where left.indices.contains(expert) { left[expert] -= 1 }
      if let expert = left.firstIndex(where: { $0 != 0 }) {
        let slots = experts.count { $0 == expert }
        throw InputError("row \(row): expert \(expert) has \(slots) slots in phy2log, \(counted[expert]) by logcnt")
      }
    }
  }
}

private struct Arrays {
  let layers: [LayerPlacement]
  /// The most slots that any expert of any layer has.
  private let replicas: Int

  init(_ plan: PlannedPlacement) {
    layers = plan.placement.layers
    replicas = layers.flatMap { layer in (0..<layer.experts).map { layer.slots(ofExpert: $0).count } }.max() ?? 0
  }

  var archive: [UInt8] {
    let (slots, experts) = (layers.first?.slots ?? 0, layers.first?.experts ?? 0)
    let log2phy = layers.flatMap { layer in (0..<layer.experts).flatMap { self.slots(ofExpert: $0, in: layer) } }
    return storedZip([
      ("phy2log.npy", npy(layers.flatMap(\.physicalToLogical), shape: [layers.count, slots])),
      ("log2phy.npy", npy(log2phy, shape: [layers.count, experts, replicas])),
      ("logcnt.npy", npy(layers.flatMap(counts), shape: [layers.count, experts])),
    ])
  }

  /// `[replicas]`, padded with −1.
  func slots(ofExpert expert: Int, in layer: LayerPlacement) -> [Int] {
    let held = Array(layer.slots(ofExpert: expert))
    return held + Array(repeating: -1, count: replicas - held.count)
  }

  func counts(_ layer: LayerPlacement) -> [Int] {
    (0..<layer.experts).map { layer.slots(ofExpert: $0).count }
  }
}
