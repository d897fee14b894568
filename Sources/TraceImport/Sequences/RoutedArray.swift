import Containers
import Diagnostics
import RoutingTrace

/// One sequence's expert ids, `[tokens][layers][topK]`, as recorded.
struct RoutedArray {
  /// Stands for −1, by which recorders mean that no expert was chosen.
  static let none = UInt16.max

  var tokens: Int
  var layers: Int
  var topK: Int
  var ids: [UInt16]

  /// - Throws: `InputError`: not three axes, an axis of impossible extent, ids that are not whole numbers of 16 bits.
  init(_ array: NumpyArray) throws(InputError) {
    try self.init(shape: array.shape) { () throws(InputError) in
      try array.integers(upTo: Self.none - 1, minusOne: Self.none)
    }
  }

  /// - Parameter ids: read once the shape was found possible.
  init(shape: [Int], ids: () throws(InputError) -> [UInt16]) throws(InputError) {
    guard shape.count == 3, (1...TraceHeader.maximumLayers).contains(shape[1]),
      (1...TraceHeader.maximumTopK).contains(shape[2])
    else { throw InputError("shape \(shape), expected [tokens, layers, topK]") }
    (tokens, layers, topK) = (shape[0], shape[1], shape[2])
    self.ids = try ids()
  }

  /// The choice of a token in a layer.
  func choice(token: Int, layer: Int) -> ArraySlice<UInt16> {
    let start = (token * layers + layer) * topK
    return ids[start..<start + topK]
  }

  /// Whether nothing was recorded of a token: in each of `picked` layers its ids are all −1, or all 0, which of more
  /// than one expert cannot be a choice.
  func isUnrouted(token: Int, layers picked: [Int]) -> Bool {
    picked.allSatisfy { Self.isEmpty(choice(token: token, layer: $0)) }
  }

  static func isEmpty(_ choice: ArraySlice<UInt16>) -> Bool {
    guard let first = choice.first, first == none || first == 0 && choice.count > 1 else { return false }
    return choice.allSatisfy { $0 == first }
  }

  /// The tokens of `other` after these.
  mutating func append(_ other: RoutedArray) throws(InputError) {
    guard (other.layers, other.topK) == (layers, topK) else {
      throw InputError(
        "\(layers) layers and top-\(topK) of the prompt, \(other.layers) and top-\(other.topK) of the completion")
    }
    tokens += other.tokens
    ids += other.ids
  }
}

/// Recorded sequences in order.
protocol RoutedArraySource: AnyObject {
  /// The next one, and where it is for messages.
  func next() throws(InputError) -> (RoutedArray, place: String)?
  /// What was passed over, known after the last.
  var notes: [String] { get }
  /// What to say if there was none.
  var emptiness: String { get }
}

extension RoutedArraySource {
  var notes: [String] { [] }
  var emptiness: String { "no sequences" }
}
