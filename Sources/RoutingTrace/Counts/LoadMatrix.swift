import Containers
import Diagnostics

/// A load per layer and expert that need not be whole: counts, averages or shares, as EPLB takes it.
package struct LoadMatrix: Equatable {
  /// Far more than any recording counts, low enough that sums stay finite and exact enough.
  package static let maximumLoad = 0x1p53

  package private(set) var layers = 0
  package private(set) var experts = 0
  /// `[layers][experts]`, 0 or more.
  package private(set) var values: [Double] = []

  /// The matrix in a JSON text that is one, or an object with one under `weight`; nil if it is anything else.
  ///
  /// - Throws: `InputError` with the layer and expert of an entry that is no load, or with the layer of a row of
  ///   another length; for more than `TraceHeader.maximumExpertsInAll` entries.
  package init?(json: [UInt8]) throws(InputError) {
    var scanner = JSONScanner(json, countsLines: true)
    switch scanner.peek() {
    case UInt8(ascii: "["):
      try read(&scanner)
      try scanner.end()
    case UInt8(ascii: "{"):
      guard let found = try Self.weight(&scanner) else { return nil }
      self = found
    default: return nil
    }
    guard experts > 0 else { throw InputError("an empty matrix, expected [layers][experts]") }
  }

  /// - Parameter rows: `[layers][experts]`, all of the same length.
  package init(rows: [[Double]]) throws(InputError) {
    for row in rows {
      for (expert, value) in row.enumerated() {
        guard Self.isLoad(value) else { throw Self.failure("\(value)", layer: layers, expert: expert) }
        values.append(value)
      }
      experts = row.count
      layers += 1
    }
  }

  private init() {}

  private static func weight(_ scanner: inout JSONScanner) throws(InputError) -> LoadMatrix? {
    var found: LoadMatrix?
    do throws(InputError) {
      try scanner.object { scanner, key throws(InputError) in
        guard key == "weight" else { return try scanner.skipValue() }
        found = LoadMatrix()
        try found?.read(&scanner)
      }
      try scanner.end()
    } catch  where found == nil {
      // It is for the readers of other formats to say what is wrong with a text that has no `weight`.
      return nil
    }
    return found
  }

  private mutating func read(_ scanner: inout JSONScanner) throws(InputError) {
    var matrix = self
    try scanner.array { scanner throws(InputError) in
      let start = matrix.values.count
      try scanner.array { scanner throws(InputError) in
        guard matrix.values.count < TraceHeader.maximumExpertsInAll else {
          throw scanner.failure("more than \(TraceHeader.maximumExpertsInAll) experts in all")
        }
        matrix.values.append(
          try Self.load(&scanner, layer: matrix.layers, expert: matrix.values.count - start))
      }
      let count = matrix.values.count - start
      if matrix.layers == 0 { matrix.experts = count }
      guard count == matrix.experts else {
        throw InputError(
          "\(count) experts, expected \(matrix.experts) as in the first", at: .init(layer: matrix.layers))
      }
      matrix.layers += 1
    }
    self = matrix
  }

  private static func load(_ scanner: inout JSONScanner, layer: Int, expert: Int) throws(InputError) -> Double {
    if let word = scanner.wordOfNoNumber() { throw failure(word, layer: layer, expert: expert) }
    let value = try scanner.number()
    guard isLoad(value) else { throw failure("\(value)", layer: layer, expert: expert) }
    return value
  }

  private static func isLoad(_ value: Double) -> Bool { value >= 0 && value <= maximumLoad }

  private static func failure(_ found: String, layer: Int, expert: Int) -> InputError {
    InputError("expert \(expert): \(found), expected a load of 0…2^53", at: .init(layer: layer))
  }
}

extension LoadMatrix {
  /// The same as whole numbers, and what they were multiplied by: the least power of ten, up to 10⁹, that makes all of
  /// them whole, else the greatest that keeps them within `RoutingStep.maximumCount`.
  package var scaled: (counts: [UInt64], scale: Double) {
    let largest = values.max() ?? 0
    var scale = 1.0
    while scale < 1e9, largest * scale * 10 <= Double(RoutingStep.maximumCount),
      !values.allSatisfy({ isWhole($0 * scale) })
    {
      scale *= 10
    }
    return (values.map { UInt64(($0 * scale).rounded()) }, scale)
  }

  private func isWhole(_ value: Double) -> Bool { abs(value - value.rounded()) <= 1e-9 * max(1, value) }
}
