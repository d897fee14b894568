import Diagnostics
import RoutingTrace
import TraceImport

extension FuzzedReader {
  /// Every foreign format; those of several files have a reader for each of these.
  static let importReaders = [
    imported("routed-experts", "routed.npy", options: [(nil, nil, nil), (16, nil, [1, 2])]),
    imported("routed-experts", "routed.npz", in: ZipContainer(), options: [(nil, nil, nil), (16, nil, [1, 2])]),
    imported("routed-experts", "routed.pt", in: ZipContainer(), options: [(nil, nil, nil), (16, nil, nil)]),
    imported("responses", "responses.jsonl", recordedLayers: 3),
    imported("sglang-recorder", "stat.pt", in: ZipContainer()),
    imported("counts", "counts.json"),
    imported("tensorrt-llm", "counts/rank0.safetensors", folder: ["meta_info.json": statistics(experts: 4)]),
    imported("tensorrt-llm", "tokens/rank0_raw.safetensors", folder: ["meta_info.json": statistics(experts: 16)]),
    imported("tensorrt-llm", "meta/meta_info.json", folder: ["rank0.safetensors": noTensors]),
    imported("tensorrt-llm-calibrator", "calibrator.json"),
    imported("routing-replay", "replay.pt", in: ZipContainer()),
    imported("router-logits", "logits.npz", in: ZipContainer(), options: [(nil, 2, nil), (16, 1, nil)]),
    imported("router-logits", "logits.npy", options: [(nil, 2, nil), (16, 1, nil)]),
    imported("megatron", "router_trace_rank0.jsonl"),
    imported("megatron-counts", "counts_rank0.jsonl"),
    imported("moe-infinity", "activations.npy"),
    imported("hotness", "plain/decode_0.csv"),
    imported("hotness", "mindie/model_gen_config.json", folder: ["decode_0.csv": Array("1,2,3,4\n5,6,7,8\n".utf8)]),
    imported("eplb-weights", "weights.json"),
    imported("eplb-weights", "weights.npy"),
    imported("eplb-weights", "weights.csv"),
    imported("expert-shares", "shares.json"),
    imported("expert-counts", "counts.csv"),
    imported("moe-comms", "routing.csv", options: [(nil, nil, nil), (8, nil, nil)]),
    imported("moe-comms", "comms/weights.csv", folder: ["routing.csv": Array("1,2\n3,4\n0,7\n".utf8)], options: []),
    imported("trace", "trace.moetrace", in: NativeContainer(), options: [(nil, nil, nil)]),
  ]

  /// What a conversion may be told beside the file: experts, top-k, layers.
  private typealias Options = (experts: Int?, topK: Int?, layers: [Int]?)

  private static func statistics(experts: Int) -> [UInt8] {
    Array(#"{"num_experts": \#(experts), "num_experts_per_token": 2}"#.utf8)
  }

  private static let noTensors: [UInt8] = [2, 0, 0, 0, 0, 0, 0, 0, 0x7B, 0x7D]

  /// - Parameters:
  ///   - file: what the recording is called, after a folder of its own where other files lie beside it.
  ///   - folder: those others.
  private static func imported(
    _ format: String, _ file: String, in container: (any MutatedContainer)? = nil, folder: [String: [UInt8]] = [:],
    options: [Options] = [(nil, nil, nil), (16, 2, nil), (16, 2, [1, 2])], recordedLayers: Int? = nil
  ) -> FuzzedReader {
    let name = "\(format).\(file.split(whereSeparator: { "/." .contains($0) }).joined(separator: "-"))"
    let recording = ScratchFile("\(name)/\(file)", beside: folder)
    let sources =
      switch format {
      case "tensorrt-llm": [recording.folder]
      case "hotness": ["\(recording.folder)/decode_0.csv"]
      case "moe-comms" where !folder.isEmpty: ["\(recording.folder)/routing.csv", recording.path]
      default: [recording.path]
      }
    return FuzzedReader(name, in: container) { bytes in
      recording.write(bytes)
      var given = ImportOptions()
      if !options.isEmpty {
        let chosen = choice(options, for: bytes)
        given = ImportOptions(layers: chosen.layers, experts: chosen.experts, topK: chosen.topK)
        if chosen.experts != nil { given.recordedLayers = recordedLayers }
      }
      try readAll(try Imports.named(format).imported(sources, options: given), for: bytes)
    }
  }

  private static func readAll(_ imported: Imported, for bytes: [UInt8]) throws {
    switch imported.recording {
    case .steps: try readAll(imported.steps(batching: nil))
    case .shares: try readAll(imported.steps(batching: .prefill(tokensPerStep: choice([1, 64, 4096], for: bytes))))
    case .sequences:
      let batchings: [Batching] = [.prefill(tokensPerStep: 3), .decode(sequences: 2, skip: 0)]
      try readAll(imported.steps(batching: choice(batchings, for: bytes, salt: 8)))
    }
  }
}
