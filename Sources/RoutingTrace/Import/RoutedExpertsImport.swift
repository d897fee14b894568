import Diagnostics

/// Arrays `[tokens, layers, topK]` of expert ids in an `.npy`, or several in an `.npz`: each is one sequence.
///
/// It is what vLLM returns as `CompletionOutput.routed_experts` and users save with numpy.
struct RoutedExpertsImport: TraceImport {
  let name = "routed-experts"
  let summary = ".npy or .npz arrays [tokens, layers, topK], each a sequence (vLLM, SGLang)"

  func open(_ sources: [String], options: ImportOptions) throws(InputError) -> Imported {
    try requireSources(sources, 1...4096, name)
    guard options.topK == nil else {
      throw InputError("the arrays say their top-k", in: "--top-k", status: .usage)
    }
    // The first pass checks every array and finds the shape and the largest id; the second hands them out.
    let arrays = ArraySequence(sources: sources)
    var shape: (layers: Int, topK: Int)?
    var largest: UInt64 = 0
    while let (array, place) = try arrays.next() {
      try Self.check(array, place: place, shape: &shape)
      for id in try ArraySequence.attributing(place, { () throws(InputError) in try array.integers(upTo: 65_535) }) {
        largest = max(largest, id)
      }
    }
    guard let shape else { throw InputError("no arrays", in: sources[0]) }
    let layers = options.layers ?? Array(0..<shape.layers)
    if let beyond = layers.first(where: { $0 >= shape.layers }) {
      throw InputError("layer \(beyond) of arrays with \(shape.layers) layers", in: "--layers", status: .usage)
    }
    // Models have multiples of eight experts; the last ones may simply not have been chosen.
    let experts = options.experts ?? (Int(largest) + 8) / 8 * 8
    let (name, provenance) = TraceHeader.imported(from: sources, format: name, options: options)
    let header = TraceHeader(
      name: name, content: .tokens, provenance: provenance, model: options.model, layerNumbers: layers,
      experts: experts, topK: shape.topK)
    try header.validate()
    return .sequences(RoutedArrays(ArraySequence(sources: sources), header: header, recordedLayers: shape.layers))
  }

  private static func check(
    _ array: NumpyArray, place: String, shape: inout (layers: Int, topK: Int)?
  ) throws(InputError) {
    guard array.shape.count == 3, array.shape[1] > 0, array.shape[2] > 0,
      array.shape[1] <= TraceHeader.maximumLayers, array.shape[2] <= TraceHeader.maximumTopK
    else { throw InputError("shape \(array.shape), expected [tokens, layers, topK]", in: place) }
    if let shape, shape != (array.shape[1], array.shape[2]) {
      throw InputError(
        "shape \(array.shape), earlier arrays have \(shape.layers) layers and top-\(shape.topK)", in: place)
    }
    shape = (array.shape[1], array.shape[2])
  }
}

/// The arrays of `.npy` and `.npz` files in order.
final class ArraySequence {
  private var sources: ArraySlice<String>
  private var archive: (path: String, zip: ZipArchive, rest: ArraySlice<ZipArchive.Entry>)?

  init(sources: [String]) { self.sources = sources[...] }

  /// The next array, and where it is for messages.
  func next() throws(InputError) -> (NumpyArray, place: String)? {
    while true {
      if let current = archive, let entry = current.rest.first {
        archive?.rest.removeFirst()
        let place = "\(current.path): \(entry.name)"
        let array = try Self.attributing(place) { () throws(InputError) in
          try NumpyArray(try current.zip.content(of: entry))
        }
        return (array, place)
      }
      guard let path = sources.popFirst() else { return nil }
      archive = nil
      let bytes = try readWhole(path)
      guard ZipArchive.isZip(bytes) else {
        return (try Self.attributing(path) { () throws(InputError) in try NumpyArray(bytes) }, path)
      }
      let zip = try Self.attributing(path) { () throws(InputError) in try ZipArchive(bytes) }
      archive = (path, zip, zip.entries[...])
    }
  }

  static func attributing<Value>(
    _ place: String, _ body: () throws(InputError) -> Value
  ) throws(InputError) -> Value {
    do throws(InputError) { return try body() } catch { throw error.attributed(to: place) }
  }
}

/// Sequences whose layers were picked from arrays.
private final class RoutedArrays: SequenceSource {
  let header: TraceHeader
  private let arrays: ArraySequence
  private let recordedLayers: Int

  init(_ arrays: ArraySequence, header: TraceHeader, recordedLayers: Int) {
    self.arrays = arrays
    self.header = header
    self.recordedLayers = recordedLayers
  }

  func next() throws(InputError) -> RoutedSequence? {
    guard let (array, place) = try arrays.next() else { return nil }
    let tokens = array.shape[0]
    let topK = header.topK ?? 1
    let ids = try ArraySequence.attributing(place) { () throws(InputError) in try array.integers(upTo: 65_535) }
    var experts = [UInt16]()
    experts.reserveCapacity(tokens * header.layers * topK)
    for token in 0..<tokens {
      for (layer, recorded) in header.layerNumbers.enumerated() {
        let start = (token * recordedLayers + recorded) * topK
        let choice = ids[start..<start + topK].map { UInt16($0) }
        try check(choice, token: token, layer: layer, place: place)
        experts += choice
      }
    }
    return RoutedSequence(tokens: tokens, experts: experts)
  }

  private func check(_ choice: [UInt16], token: Int, layer: Int, place: String) throws(InputError) {
    if let bad = choice.first(where: { Int($0) >= header.experts }) {
      throw InputError(
        "token \(token): expert \(bad), expected an id below \(header.experts)", in: place, at: .init(layer: layer))
    }
    for (index, expert) in choice.enumerated() where choice[..<index].contains(expert) {
      let hint = expert == 0 ? "; is this a dense layer? --layers picks the MoE layers" : ""
      throw InputError(
        "token \(token): expert \(expert) twice in its top-\(choice.count)\(hint)", in: place, at: .init(layer: layer))
    }
  }
}
