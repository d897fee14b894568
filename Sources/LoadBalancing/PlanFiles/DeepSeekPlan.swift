import Containers
import Diagnostics

/// The three arrays that DeepSeek's EPLB returns: `phy2log` `[layers][slots]`, `log2phy`
/// `[layers][experts][most replicas]` padded with −1, and `logcnt` `[layers][experts]`.
struct DeepSeekPlan {
  private let layers: [LayerPlacement]
  /// The most slots that any expert of any layer has.
  private let replicas: Int

  private init(_ plan: PlannedPlacement) {
    layers = plan.placement.layers
    replicas = layers.flatMap { layer in (0..<layer.experts).map { layer.slots(ofExpert: $0).count } }.max() ?? 0
  }

  /// As JSON.
  @Sendable static func text(_ plan: PlannedPlacement) throws(InputError) -> String {
    let arrays = Self(plan)
    let slots = arrays.layers.map { layer in
      (0..<layer.experts).map { expert in
        "[\(arrays.slots(ofExpert: expert, in: layer).map(\.description).joined(separator: ","))]"
      }
    }
    return """
      {"phy2log": \(PlacementExport.rows(arrays.layers.map(\.physicalToLogical))),
      "log2phy": \(PlacementExport.rows(slots)),
      "logcnt": \(PlacementExport.rows(arrays.layers.map(arrays.counts)))}

      """
  }

  /// As `numpy.savez` writes them, 64-bit integers.
  static func archive(_ plan: PlannedPlacement) -> [UInt8] {
    let arrays = Self(plan)
    let layers = arrays.layers
    let (slots, experts) = (layers.first?.slots ?? 0, layers.first?.experts ?? 0)
    let log2phy = layers.flatMap { layer in
      (0..<layer.experts).flatMap { arrays.slots(ofExpert: $0, in: layer) }
    }
    return storedZip([
      ("phy2log.npy", npy(layers.flatMap(\.physicalToLogical), shape: [layers.count, slots])),
      ("log2phy.npy", npy(log2phy, shape: [layers.count, experts, arrays.replicas])),
      ("logcnt.npy", npy(layers.flatMap(arrays.counts), shape: [layers.count, experts])),
    ])
  }

  /// `[replicas]`, padded with −1.
  private func slots(ofExpert expert: Int, in layer: LayerPlacement) -> [Int] {
    let held = Array(layer.slots(ofExpert: expert))
    return held + Array(repeating: -1, count: replicas - held.count)
  }

  private func counts(_ layer: LayerPlacement) -> [Int] {
    (0..<layer.experts).map { layer.slots(ofExpert: $0).count }
  }

  /// NEP 1, version 1.0: the data begin at a multiple of 64 bytes.
  private static func npy(_ values: [Int], shape: [Int]) -> [UInt8] {
    let extents = shape.map(\.description).joined(separator: ", ")
    var header = Array("{'descr': '<i8', 'fortran_order': False, 'shape': (\(extents)), }".utf8)
    header += [UInt8](repeating: 0x20, count: 63 - (10 + header.count) % 64) + [0x0A]
    return [0x93] + Array("NUMPY".utf8) + [1, 0] + littleEndian(UInt16(header.count)) + header
      + values.flatMap { littleEndian(Int64($0)) }
  }
}
