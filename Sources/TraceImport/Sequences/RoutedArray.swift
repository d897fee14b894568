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
      try array.ids(upTo: Self.none - 1, minusOne: Self.none)
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
    for layer in picked where !isEmpty(token: token, layer: layer) { return false }
    return true
  }

  /// The same of one layer.
  func isEmpty(token: Int, layer: Int) -> Bool {
    let start = (token * layers + layer) * topK
    let first = ids[start]
    guard first == Self.none || first == 0 && topK > 1 else { return false }
    for place in start..<start + topK where ids[place] != first { return false }
    return true
  }

  /// The choices of the tokens that have a route in `picked` layers, `[tokens][picked][topK − shared]`.
  func routed(layers picked: [Int], shared: Int) -> RoutedSequence {
    let isRun = picked.count > 0 && picked.last == picked[0] + picked.count - 1
    var experts = [UInt16]()
    experts.reserveCapacity(tokens * picked.count * (topK - shared))
    var routed = 0
    for token in 0..<tokens where !isUnrouted(token: token, layers: picked) {
      routed += 1
      if isRun, shared == 0 {
        let start = (token * layers + picked[0]) * topK
        experts += ids[start..<start + picked.count * topK]
      } else {
        for layer in picked { experts += choice(token: token, layer: layer).dropLast(shared) }
      }
    }
    return RoutedSequence(tokens: routed, experts: experts)
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
