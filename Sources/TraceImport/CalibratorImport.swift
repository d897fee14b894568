import Containers
import Diagnostics
import Files
import Foundation
import RoutingTrace

/// TensorRT-LLM's calibrator: `all_ranks_records`, each with zlib-compressed slot ids of the chunks of every layer.
///
/// Slots are taken as experts, so the recording must have been made without redundant slots. Ranks are sources.
struct CalibratorImport: TraceImport {
  let name = "tensorrt-llm-calibrator"
  let summary = "the JSON of TensorRT-LLM's calibrator"

  func recognizes(_ sample: SourceSample) -> Bool { sample.isJSON(with: "all_ranks_records") }

  private struct Chunk {
    var layer = -1
    var slots = 0
    var shape: [Int] = []
  }

  func open(_ sources: [String], options: ImportOptions) throws(InputError) -> Imported {
    try requireSources(sources, 1...1, name)
    let bytes = try readWhole(sources[0])
    var steps = RankedSteps()
    var slots: Int?
    try attributing(sources[0]) { () throws(InputError) in
      var scanner = JSONScanner(bytes, countsLines: true)
      var found = false
      try scanner.object { scanner, key throws(InputError) in
        guard key == "all_ranks_records" else { return try scanner.skipValue() }
        found = true
        var rank = 0
        try scanner.array { scanner throws(InputError) in
          try scanner.array { scanner throws(InputError) in
            try record(&scanner, rank: rank, slots: &slots, into: &steps, limit: inflateLimit(compressed: bytes.count))
          }
          rank += 1
        }
      }
      try scanner.end()
      guard found else { throw InputError("no 'all_ranks_records'") }
    }
    return try steps.imported(sources, format: name, experts: slots, options: options)
  }

  private func record(
    _ scanner: inout JSONScanner, rank: Int, slots: inout Int?, into steps: inout RankedSteps, limit: Int
  ) throws(InputError) {
    var iteration = -1
    var chunks = [Chunk]()
    var text = ""
    try scanner.object { scanner, key throws(InputError) in
      switch key {
      case "iteration": iteration = try scanner.integer()
      case "metadata":
        try scanner.array { scanner throws(InputError) in chunks.append(try Self.chunk(&scanner)) }
      case "raw_data": text = try scanner.string()
      default: try scanner.skipValue()
      }
    }
    var size = 0
    for chunk in chunks {
      guard slots ?? chunk.slots == chunk.slots, (1...TraceHeader.maximumExperts).contains(chunk.slots) else {
        throw scanner.failure("\(chunk.slots) slots, earlier chunks have \(slots ?? 0)")
      }
      slots = chunk.slots
      let (product, overflow) = chunk.shape[0].multipliedReportingOverflow(by: chunk.shape[1] * 4)
      guard !overflow, product <= limit, size + product <= limit else {
        throw scanner.failure("chunks of shape \(chunk.shape) are beyond the limit of \(limit) bytes")
      }
      size += product
    }
    guard let compressed = Data(base64Encoded: text), size <= compressed.count * 1032,
      let raw = inflateRaw([UInt8](compressed)[...], size: size, windowBits: 15)
    else { throw scanner.failure("'raw_data' does not inflate to the \(size) bytes of its metadata") }
    var position = 0
    for chunk in chunks {
      var ids = [UInt16]()
      for _ in 0..<chunk.shape[0] * chunk.shape[1] {
        let value = raw[position..<position + 4].reversed().reduce(0) { $0 << 8 | Int($1) }
        guard value < chunk.slots else { throw scanner.failure("slot \(value) of \(chunk.slots)") }
        ids.append(UInt16(value))
        position += 4
      }
      try steps.add(step: iteration, layer: chunk.layer, rank: rank, topK: chunk.shape[1], ids: ids)
    }
  }

  private static func chunk(_ scanner: inout JSONScanner) throws(InputError) -> Chunk {
    var chunk = Chunk()
    try scanner.object { scanner, key throws(InputError) in
      switch key {
      case "layer_idx": chunk.layer = try scanner.integer()
      case "num_slots": chunk.slots = try scanner.integer()
      case "token_selected_slots_shape":
        try scanner.array { scanner throws(InputError) in chunk.shape.append(try scanner.integer()) }
      default: try scanner.skipValue()
      }
    }
    guard chunk.shape.count == 2, chunk.shape[0] >= 0, (1...TraceHeader.maximumTopK).contains(chunk.shape[1]) else {
      throw scanner.failure("shape \(chunk.shape), expected [tokens, topK]")
    }
    return chunk
  }
}
