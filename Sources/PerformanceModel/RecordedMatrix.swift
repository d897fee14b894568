import Containers
import Diagnostics

/// Which matrix of a file that `replay --matrix` wrote; the first that fits.
public struct MatrixSelection: Sendable {
  /// Dispatch or combine.
  public enum Part: String, CaseIterable, Sendable { case dispatch, combine }

  public var policy: String?
  /// The step's number in the trace.
  public var step: Int?
  /// The layer's number in the model.
  public var layer: Int?
  public var part: Part?

  public init(policy: String? = nil, step: Int? = nil, layer: Int? = nil, part: Part? = nil) {
    self.policy = policy
    self.step = step
    self.layer = layer
    self.part = part
  }

  var isEmpty: Bool { policy == nil && step == nil && layer == nil && part == nil }

  /// `policy eplb, step 3`.
  fileprivate var text: String {
    let parts = [
      policy.map { "policy \($0)" }, step.map { "step \($0)" }, layer.map { "layer \($0)" }, part?.rawValue,
    ]
    return parts.compactMap(\.self).joined(separator: ", ")
  }
}

/// A bytes matrix of a file: of one that holds it alone, or one of the many that a replay recorded.
public struct RecordedMatrix: Sendable {
  public let matrix: BytesMatrix
  /// Dispatch for a file that holds one matrix alone.
  public let part: MatrixSelection.Part

  private static let labels = ["policy", "step", "layer", "part", "source"]

  /// - Throws: `InputError` with the line of what is wrong; one that says what was looked for and is not there.
  public init(csv text: String, name: String, selection: MatrixSelection = MatrixSelection()) throws(InputError) {
    let reader = CSVReader(text: text, name: name)
    guard let header = try reader.next(), Array(header.cells.prefix(Self.labels.count)) == Self.labels else {
      guard selection.isEmpty else {
        throw InputError("holds one matrix alone, not one of \(selection.text)", in: name, status: .usage)
      }
      matrix = try BytesMatrix(csv: text, name: name)
      part = .dispatch
      return
    }
    let ranks = header.count - Self.labels.count
    guard (1...Cluster.maximumRanks).contains(ranks) else {
      throw InputError("\(ranks) ranks, expected 1…\(Cluster.maximumRanks)", in: name, at: .init(line: header.line))
    }
    var (bytes, found) = ([Double](), Label?.none)
    var policies = Set<String>()
    while bytes.count < ranks * ranks, let row = try reader.next() {
      let (label, cells) = try Label.read(row, ranks: ranks, name: name)
      policies.insert(label.policy)
      guard found.map({ $0.isSameMatrix(as: label) }) ?? label.fits(selection) else {
        guard found == nil else { break }
        continue
      }
      guard label.source == bytes.count / ranks else {
        let message = "row of rank \(label.source), expected rank \(bytes.count / ranks)"
        throw InputError(message, in: name, at: .init(line: row.line))
      }
      found = label
      for (column, cell) in cells.enumerated() {
        bytes.append(try BytesMatrix.bytes(cell, column: column + Self.labels.count + 1, in: name, line: row.line))
      }
    }
    guard let found, bytes.count == ranks * ranks else {
      if found != nil { throw InputError("\(bytes.count / ranks) rows of a matrix of \(ranks) ranks", in: name) }
      let unknown = selection.policy.flatMap { policies.contains($0) ? nil : $0 }
      let hint = unknown.map { suggestion(for: $0, in: policies) } ?? ""
      throw InputError(selection.isEmpty ? "no matrix" : "no matrix of \(selection.text)\(hint)", in: name)
    }
    matrix = BytesMatrix(bytes, ranks: ranks)
    part = found.part
  }

  /// What a row is of.
  private struct Label {
    var policy: String
    var step: Int
    var layer: Int
    var part: MatrixSelection.Part
    var source: Int

    /// - Throws: `InputError` with the line of a row that has other cells.
    static func read(_ row: CSVRow, ranks: Int, name: String) throws(InputError) -> (Label, [String]) {
      let (policy, rest) = firstCell(of: row.text)
      let cells = rest.split(separator: ",", omittingEmptySubsequences: false).map { String($0) }
      guard cells.count == 4 + ranks, let step = Int(cells[0]), let layer = Int(cells[1]),
        let part = MatrixSelection.Part(rawValue: cells[2]), let source = Int(cells[3])
      else {
        let parts = MatrixSelection.Part.allCases.map(\.rawValue).joined(separator: " or ")
        let message = "expected a policy, a step, a layer, \(parts), a source and bytes to \(ranks) ranks"
        throw InputError(message, in: name, at: .init(line: row.line))
      }
      return (Label(policy: policy, step: step, layer: layer, part: part, source: source), Array(cells[4...]))
    }

    /// A name, in quotes where it holds a comma, and what follows its comma.
    private static func firstCell(of text: String) -> (String, Substring) {
      guard text.hasPrefix("\"") else {
        let end = text.firstIndex(of: ",") ?? text.endIndex
        return (String(text[..<end]), text[end...].dropFirst())
      }
      var (name, rest) = ("", text.dropFirst())
      while let quote = rest.firstIndex(of: "\"") {
        name += rest[..<quote]
        rest = rest[quote...].dropFirst()
        guard rest.first == "\"" else { break }
        name += "\""
        rest = rest.dropFirst()
      }
      return (name, rest.dropFirst())
    }

    func isSameMatrix(as other: Label) -> Bool {
      (policy, step, layer) == (other.policy, other.step, other.layer) && part == other.part
    }

    func fits(_ selection: MatrixSelection) -> Bool {
      (selection.policy ?? policy) == policy && (selection.step ?? step) == step
        && (selection.layer ?? layer) == layer && (selection.part ?? part) == part
    }
  }
}
