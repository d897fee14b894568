import Containers
import Diagnostics
import Files
import RoutingTrace

/// Router logits of Hugging Face Transformers (`output_router_logits=True`): an `.npz` with an array `[tokens,
/// experts]` for each MoE layer in order, as `numpy.savez(path, *(l.float().numpy() for l in outputs.router_logits))`
/// writes it; an `.npy` `[layers, tokens, experts]` holds the same. Each file is one forward pass
/// (huggingface/transformers, `src/transformers/models/mixtral/modeling_mixtral.py`).
///
/// A token's experts are those of its k largest logits in descending order, of equal ones the lowest id first. Models
/// that choose otherwise (by groups, or with a bias for balance) do not follow from logits alone. What the gate makes
/// of logits differs by model too, so that no weights are kept.
struct RouterLogitsImport: TraceImport {
  let name = "router-logits"
  let summary = ".npz of a layer's logits [tokens, experts] each, or .npy [layers, tokens, experts]; a file a step"

  func open(_ sources: [String], options: ImportOptions) throws(InputError) -> Imported {
    try requireSources(sources, 1...4096, name)
    guard let topK = options.expectedTopK, (1...TraceHeader.maximumTopK).contains(topK) else {
      throw InputError("logits do not say how many experts a token has: give --top-k", in: name, status: .usage)
    }
    var shape: [Int]?
    var steps = [RoutingStep]()
    var header: TraceHeader?
    for path in sources {
      try attributing(path) { () throws(InputError) in
        let file = try LogitsFile(try readWhole(path))
        let found = [file.layers, file.experts]
        guard shape ?? found == found else {
          throw InputError("[layers, experts] \(found), earlier files have \(shape ?? [])")
        }
        shape = found
        if header == nil { header = try self.header(file, topK: topK, sources: sources, options: options) }
        var step = RoutingStep(number: steps.count, tokens: file.tokens)
        for layer in options.layers(ofRecorded: file.layers) {
          step.experts += try file.choices(layer: layer, topK: topK)
        }
        if let header { try step.validate(against: header) }
        steps.append(step)
      }
    }
    guard let header else { throw InputError("no files", status: .usage) }
    return .steps(StoredSteps(header: header, steps: steps))
  }

  private func header(
    _ file: LogitsFile, topK: Int, sources: [String], options: ImportOptions
  ) throws(InputError) -> TraceHeader {
    if let experts = options.experts, experts != file.experts {
      throw InputError("\(experts), the logits are of \(file.experts)", in: "--experts", status: .usage)
    }
    guard topK <= file.experts else {
      throw InputError("top-\(topK) of \(file.experts) experts", in: "--top-k", status: .usage)
    }
    let picked = options.layers(ofRecorded: file.layers)
    if let beyond = picked.first(where: { $0 >= file.layers }) {
      throw InputError("layer \(beyond) of \(file.layers)", in: "--layers", status: .usage)
    }
    let (name, provenance) = TraceHeader.imported(from: sources, format: name, licence: options.licence)
    let header = TraceHeader(
      name: name, content: .tokens, provenance: provenance, model: options.model, layerNumbers: picked,
      experts: file.experts, topK: topK)
    try header.validate()
    return header
  }
}

/// The logits of all layers of one forward pass, read a layer at a time.
private struct LogitsFile {
  private enum Stored {
    /// `[tokens, experts]` each.
    case layers(ZipArchive)
    /// `[layers, tokens, experts]`.
    case whole(NumpyArray)
  }

  private let stored: Stored
  let layers: Int
  let tokens: Int
  let experts: Int

  init(_ bytes: [UInt8]) throws(InputError) {
    let shape: [Int]
    if ZipArchive.isZip(bytes) {
      let zip = try ZipArchive(bytes)
      // Choices of all layers stay in memory, and floats do not compress well.
      guard let first = zip.entries.first, zip.size <= max(32 << 20, 4 * bytes.count) else {
        throw InputError("\(zip.entries.count) arrays of \(zip.size) bytes in all, in \(bytes.count) bytes")
      }
      stored = .layers(zip)
      shape = [zip.entries.count] + Self.flat(try NumpyArray(try zip.content(of: first)).shape)
    } else {
      let array = try NumpyArray(bytes)
      stored = .whole(array)
      shape = array.shape
    }
    guard shape.count == 3, (1...TraceHeader.maximumLayers).contains(shape[0]), shape[1] > 0, shape[2] > 0 else {
      throw InputError("shape \(shape), expected [layers, tokens, experts]")
    }
    (layers, tokens, experts) = (shape[0], shape[1], shape[2])
  }

  /// `[tokens, experts]` of an array that may have sequences apart.
  private static func flat(_ shape: [Int]) -> [Int] {
    shape.count > 2 && !shape.contains(0) ? [shape.dropLast().reduce(1, *), shape[shape.count - 1]] : shape
  }

  /// `[tokens][topK]` in descending order of their logits.
  func choices(layer: Int, topK: Int) throws(InputError) -> [UInt16] {
    let array: NumpyArray
    var start = 0
    switch stored {
    case .whole(let all): (array, start) = (all, layer * tokens * experts)
    case .layers(let zip):
      array = try attributing(zip.entries[layer].name) { () throws(InputError) in
        try NumpyArray(try zip.content(of: zip.entries[layer]))
      }
      guard Self.flat(array.shape) == [tokens, experts] else {
        throw InputError(
          "shape \(array.shape), expected [\(tokens), \(experts)] as in layer 0", at: .init(layer: layer))
      }
    }
    var choices = [UInt16]()
    choices.reserveCapacity(tokens * topK)
    for token in 0..<tokens {
      let logits = array.numbers(start + token * experts..<start + (token + 1) * experts)
      if let odd = logits.firstIndex(where: \.isNaN) {
        throw InputError("token \(token): the logit of expert \(odd) is not a number", at: .init(layer: layer))
      }
      choices += Self.largest(topK, of: logits)
    }
    return choices
  }

  /// Few are chosen of many: insertion into a short list, where an equal logit stays behind those that came before.
  private static func largest(_ count: Int, of logits: [Double]) -> [UInt16] {
    var best = [Int]()
    for expert in logits.indices {
      if best.count == count {
        if logits[best[count - 1]] >= logits[expert] { continue }
        best.removeLast()
      }
      best.insert(expert, at: best.firstIndex { logits[$0] < logits[expert] } ?? best.count)
    }
    return best.map { UInt16($0) }
  }
}
