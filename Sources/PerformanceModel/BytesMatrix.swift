import Containers
import Diagnostics

/// Bytes that each rank sends each other, `[ranks][ranks]`, row = source; the diagonal is free.
public struct BytesMatrix: Equatable, Sendable {
  public let ranks: Int
  public let bytes: [Double]

  /// Bytes that one rank sends another at most: the largest whole numbers that all are numbers of their own.
  package static let maximumBytes = 0x1p53

  /// Reads rows of comma-separated numbers without a header.
  ///
  /// - Throws: `InputError` with the line and column of what is not a number of bytes, or not square.
  public init(csv text: String, name: String) throws(InputError) {
    var ranks = 0
    var rows = 0
    var bytes: [Double] = []
    let reader = CSVReader(text: text, name: name)
    while let row = try reader.next() {
      let place = InputError.Place(line: row.line)
      let count = row.count
      if rows == 0 {
        ranks = count
        guard ranks <= Cluster.maximumRanks else {
          throw InputError("\(ranks) columns, expected at most \(Cluster.maximumRanks)", in: name, at: place)
        }
      }
      guard count == ranks else {
        throw InputError("\(count) columns, expected \(ranks) as in the first row", in: name, at: place)
      }
      guard rows < ranks else {
        throw InputError("more rows than the \(ranks) columns", in: name, at: place)
      }
      for (column, cell) in row.enumerated() {
        let text = String(decoding: cell, as: UTF8.self)
        bytes.append(try Self.bytes(text, column: column + 1, in: name, line: row.line))
      }
      rows += 1
    }
    guard rows > 0 else { throw InputError("empty, expected ranks × ranks bytes", in: name) }
    guard rows == ranks else { throw InputError("\(rows) rows of \(ranks) columns, expected a square", in: name) }
    self.init(bytes, ranks: ranks)
  }

  /// - Parameter bytes: `[ranks][ranks]`.
  package init(_ bytes: [Double], ranks: Int) {
    precondition(bytes.count == ranks * ranks)
    self.ranks = ranks
    self.bytes = bytes
  }

  /// - Parameter column: 1-based, for the message.
  /// - Throws: `InputError` with the line of what is no number of bytes.
  static func bytes(_ cell: String, column: Int, in name: String, line: Int) throws(InputError) -> Double {
    let place = InputError.Place(line: line)
    guard let value = Double(cell), value.isFinite, value >= 0 else {
      throw InputError("column \(column): '\(cell.prefix(40))' is not a number of bytes", in: name, at: place)
    }
    guard value <= maximumBytes else {
      let most = Int(maximumBytes)
      throw InputError("column \(column): \(cell) bytes, expected at most \(most)", in: name, at: place)
    }
    return value
  }
}
