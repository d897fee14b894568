import Containers
import Diagnostics

/// A table of counts in memory.
///
/// JSON of whole numbers may have them as floats, `137.0`: so SGLang's published recordings are written.
package struct CountsRecording {
  package let layers: Int
  package let experts: Int
  /// Layers with any tokens, ascending.
  package let moeLayers: [Int]
  /// `[steps][layers]` rows of experts.
  private let table: PackedCounts

  package var stepCount: Int { table.rows / layers }

  /// Whether a step holds no tokens in any layer.
  package var hasEmptyStep: Bool {
    (0..<stepCount).contains { step in (0..<layers).allSatisfy { table.isEmpty(row: step * layers + $0) } }
  }

  /// Tokens per expert of some layers in one step; nil if one of them has none.
  func counts(step: Int, layers picked: [Int]) -> [UInt64]? {
    if picked.contains(where: { table.isEmpty(row: step * layers + $0) }) { return nil }
    return picked.flatMap { table[step * layers + $0] }
  }

  /// What is left out of `picked` layers, as a trace has tokens in every layer of every step: the steps in which some
  /// were idle and others were not. Steps in which all are idle are unused rows of a ring buffer.
  package func notes(layers picked: [Int]) -> [String] {
    let idle = (0..<stepCount).count { step in
      let empty = picked.count { table.isEmpty(row: step * layers + $0) }
      return empty > 0 && empty < picked.count
    }
    if idle == 0 { return [] }
    return ["\(idle) of \(stepCount) steps left out, in which a layer had no tokens"]
  }

  /// - Parameter table: `[steps][layers]` rows of `experts` counts.
  /// - Throws: `InputError`: no layers or experts, too many of them, or no layer with tokens.
  package init(layers: Int, experts: Int, table: PackedCounts) throws(InputError) {
    guard (1...TraceHeader.maximumLayers).contains(layers), (1...TraceHeader.maximumExperts).contains(experts) else {
      throw InputError("\(layers) layers of \(experts) experts")
    }
    self.layers = layers
    self.experts = experts
    self.table = table
    let steps = table.rows / layers
    moeLayers = (0..<layers).filter { layer in (0..<steps).contains { !table.isEmpty(row: $0 * layers + layer) } }
    guard !moeLayers.isEmpty else { throw InputError("no tokens in any layer") }
  }

  /// - Parameter counts: `[steps][layers][experts]`.
  package init(layers: Int, experts: Int, counts: [UInt64]) throws(InputError) {
    var table = PackedCounts()
    for (index, count) in counts.enumerated() {
      table.append(count)
      if (index + 1) % max(1, experts) == 0 { table.endRow() }
    }
    try self.init(layers: layers, experts: experts, table: table)
  }

  /// - Parameter key: holds the table; or the table stands alone.
  /// - Throws: `InputError`: not JSON, no such key, rows of different lengths, no layer with tokens.
  package init(json: [UInt8], key wanted: String = "logical_count") throws(InputError) {
    var scanner = JSONScanner(json, countsLines: true)
    var table: Table?
    if scanner.peek() == UInt8(ascii: "[") {
      var read = Table()
      try read.read(from: &scanner)
      table = read
    } else {
      try scanner.object { scanner, key throws(InputError) in
        guard key == wanted || key == "logical_count" else { return try scanner.skipValue() }
        var read = Table()
        try read.read(from: &scanner)
        table = read
      }
    }
    try scanner.end()
    guard let table else { throw InputError("no '\(wanted)'") }
    guard let experts = table.width, let layers = table.height else { throw InputError("'\(wanted)' is empty") }
    try self.init(layers: layers, experts: experts, table: table.values)
  }

  /// Rows of equal length, in matrices of equal height.
  private struct Table {
    var values = PackedCounts()
    var width: Int?
    var height: Int?

    mutating func read(from scanner: inout JSONScanner) throws(InputError) {
      var table = self
      var rows = 0
      var isNested = false
      try scanner.array { scanner throws(InputError) in
        var elements = 0
        try scanner.array { scanner throws(InputError) in
          if scanner.peek() == UInt8(ascii: "[") {
            isNested = true
            try table.readRow(from: &scanner)
            elements += 1
          } else {
            try table.readCount(from: &scanner)
          }
        }
        if isNested {
          guard table.height ?? elements == elements, elements > 0 else {
            throw scanner.failure("a step of \(elements) layers, others have \(table.height ?? 0)")
          }
          table.height = elements
        } else {
          try table.endRow(scanner)
        }
        rows += 1
      }
      if !isNested { table.height = rows }
      guard let height = table.height, height > 0, table.values.rows % height == 0 else {
        throw scanner.failure("'logical_count' is neither [layers][experts] nor [steps][layers][experts]")
      }
      self = table
    }

    private mutating func readRow(from scanner: inout JSONScanner) throws(InputError) {
      let limit = width ?? TraceHeader.maximumExperts
      var row = [UInt64]()
      try scanner.array { scanner throws(InputError) in
        guard row.count < limit else { throw scanner.failure("a row of more than \(limit) experts") }
        row.append(try Self.count(&scanner))
      }
      for count in row { values.append(count) }
      try endRow(scanner)
    }

    private mutating func readCount(from scanner: inout JSONScanner) throws(InputError) {
      let limit = width ?? TraceHeader.maximumExperts
      guard values.pending < limit else { throw scanner.failure("a row of more than \(limit) experts") }
      values.append(try Self.count(&scanner))
    }

    private static func count(_ scanner: inout JSONScanner) throws(InputError) -> UInt64 {
      let count = try scanner.wholeNumber()
      guard count <= RoutingStep.maximumCount else {
        throw scanner.failure("a count above \(RoutingStep.maximumCount)")
      }
      return count
    }

    private mutating func endRow(_ scanner: JSONScanner) throws(InputError) {
      guard values.pending > 0, width ?? values.pending == values.pending else {
        throw scanner.failure("a row of \(values.pending) experts, others have \(width ?? 0)")
      }
      width = values.pending
      values.endRow()
    }
  }
}
