import Containers
import Diagnostics
import RoutingTrace

/// One sequence's expert ids, `[tokens][layers][topK]`, as recorded.
struct RoutedArray {
  var tokens: Int
  var layers: Int
  var topK: Int
  var ids: [UInt16]

  /// - Throws: `InputError`: not three axes, an axis of impossible extent, ids that are not whole numbers of 16 bits.
  init(_ array: NumpyArray) throws(InputError) {
    try self.init(shape: array.shape) { () throws(InputError) in try array.integers(upTo: UInt16.max) }
  }

  /// - Parameter ids: read once the shape was found possible.
  init(shape: [Int], ids: () throws(InputError) -> [UInt16]) throws(InputError) {
    guard shape.count == 3, (1...TraceHeader.maximumLayers).contains(shape[1]),
      (1...TraceHeader.maximumTopK).contains(shape[2])
    else { throw InputError("shape \(shape), expected [tokens, layers, topK]") }
    (tokens, layers, topK) = (shape[0], shape[1], shape[2])
    self.ids = try ids()
  }
}

/// Recorded sequences in order.
protocol RoutedArraySource: AnyObject {
  /// The next one, and where it is for messages.
  func next() throws(InputError) -> (RoutedArray, place: String)?
}

/// Sequences whose layers were picked from recorded arrays.
final class RoutedArrays: SequenceSource {
  let header: TraceHeader
  private let arrays: any RoutedArraySource
  private let recordedLayers: Int

  /// - Parameter open: gives the arrays from the first; called twice, as the largest id tells the number of experts.
  init(
    sources: [String], format: String, options: ImportOptions,
    open: () throws(InputError) -> any RoutedArraySource
  ) throws(InputError) {
    var shape: (layers: Int, topK: Int)?
    var largest: UInt16 = 0
    let first = try open()
    while let (array, place) = try first.next() {
      if let shape, shape != (array.layers, array.topK) {
        throw InputError(
          "\(array.layers) layers and top-\(array.topK), earlier sequences have \(shape.layers) and top-\(shape.topK)",
          in: place)
      }
      shape = (array.layers, array.topK)
      largest = max(largest, array.ids.max() ?? 0)
    }
    guard let shape else { throw InputError("no sequences", in: sources[0]) }
    let layers = options.layers(ofRecorded: shape.layers)
    if let beyond = layers.first(where: { $0 >= shape.layers }) {
      throw InputError("layer \(beyond) of arrays with \(shape.layers) layers", in: "--layers", status: .usage)
    }
    let (name, provenance) = TraceHeader.imported(from: sources, format: format, licence: options.licence)
    header = TraceHeader(
      name: name, content: .tokens, provenance: provenance, model: options.model, layerNumbers: layers,
      experts: options.expectedExperts ?? likelyExperts(largestID: Int(largest)), topK: shape.topK)
    try header.validate()
    recordedLayers = shape.layers
    arrays = try open()
  }

  func next() throws(InputError) -> RoutedSequence? {
    guard let (array, place) = try arrays.next() else { return nil }
    let topK = array.topK
    var experts = [UInt16]()
    experts.reserveCapacity(array.tokens * header.layers * topK)
    for token in 0..<array.tokens {
      for (layer, recorded) in header.layerNumbers.enumerated() {
        let start = (token * recordedLayers + recorded) * topK
        try check(array.ids[start..<start + topK], token: token, layer: layer, place: place)
        experts += array.ids[start..<start + topK]
      }
    }
    return RoutedSequence(tokens: array.tokens, experts: experts)
  }

  private func check(_ choice: ArraySlice<UInt16>, token: Int, layer: Int, place: String) throws(InputError) {
    if let bad = choice.first(where: { Int($0) >= header.experts }) {
      throw InputError(
        "token \(token): expert \(bad), expected an id below \(header.experts)", in: place, at: .init(layer: layer))
    }
    for (index, expert) in zip(choice.indices, choice) where choice[..<index].contains(expert) {
      let hint = expert == 0 ? "; is this a dense layer? --layers picks the MoE layers" : ""
      throw InputError(
        "token \(token): expert \(expert) twice in its top-\(choice.count)\(hint)", in: place, at: .init(layer: layer))
    }
  }
}

/// The number of experts that a largest id suggests: models have multiples of eight, and the last ones may simply not
/// have been chosen.
package func likelyExperts(largestID: Int) -> Int { (largestID + 8) / 8 * 8 }
