import Containers
import Diagnostics
import Files
import RoutingTrace

/// Each token's experts, `I32 [tokens, topK]` under `<iteration>_<layer>`, in the raw files of TensorRT-LLM's
/// statistics.
struct TensorRTTokens {
  private let paths: [String]
  private let topK: Int

  /// - Parameter paths: of the ranks, in their order.
  init(_ paths: [String], topK: Int) {
    self.paths = paths
    self.topK = topK
  }

  func imported(
    _ sources: [String], format: String, experts: Int, options: ImportOptions
  ) throws(InputError) -> Imported {
    var tokens = StagedSteps()
    for (rank, path) in paths.enumerated() {
      try attributing(path) { () throws(InputError) in
        let file = try Safetensors(try readWhole(path))
        guard !file.entries.isEmpty else { throw InputError("no tensors") }
        for entry in file.entries {
          let place = try TensorRTPlace(entry)
          guard entry.shape.count == 2, entry.shape[1] == topK else {
            throw InputError("shape \(entry.shape), expected [tokens, \(topK)]", at: place.place)
          }
          let ids = try file.counts(entry).map { id throws(InputError) in
            guard id < experts else { throw InputError("expert \(id) of \(experts)", at: place.place) }
            return UInt16(id)
          }
          try tokens.add(step: place.step, pass: 0, layer: place.layer, rank: rank, topK: topK, ids: ids)
        }
      }
    }
    return try tokens.imported(sources, format: format, experts: experts, options: options)
  }
}
