import Containers
import Diagnostics

/// Shares of tokens per expert, layer and task; those of a layer add up to 1.
package struct ShareTable: Sendable {
  /// How far shares may be from adding up to 1, rounded as they are published.
  private static let tolerance = 0.01

  package private(set) var layers = 0
  package private(set) var experts = 0
  /// The model's name, if the text has one.
  package private(set) var model: String?
  /// `[tasks][layers][experts]`.
  private var values: [Double] = []

  package var tasks: Int { layers > 0 ? values.count / (layers * experts) : 0 }

  /// - Throws: `InputError`: not JSON, no `fraction`, tasks or layers of different sizes, an entry that is no share.
  package init(json: [UInt8]) throws(InputError) {
    var scanner = JSONScanner(json, countsLines: true)
    var isFound = false
    var table = self
    try scanner.object { scanner, key throws(InputError) in
      switch key {
      case "fraction":
        isFound = true
        try scanner.array { scanner throws(InputError) in try table.readTask(&scanner) }
      case "model" where scanner.peek() == UInt8(ascii: "\""): table.model = try scanner.string()
      default: try scanner.skipValue()
      }
    }
    try scanner.end()
    guard isFound, !table.values.isEmpty else { throw InputError("no 'fraction' [tasks][layers][experts]") }
    self = table
  }

  private mutating func readTask(_ scanner: inout JSONScanner) throws(InputError) {
    var table = self
    var rows = 0
    try scanner.array { scanner throws(InputError) in
      try table.readLayer(&scanner)
      rows += 1
    }
    if layers == 0 { table.layers = rows }
    guard rows > 0, rows == table.layers else {
      throw scanner.failure("a task of \(rows) layers, expected \(max(1, layers))")
    }
    self = table
  }

  private mutating func readLayer(_ scanner: inout JSONScanner) throws(InputError) {
    var row = [Double]()
    try scanner.array { scanner throws(InputError) in
      let share = try scanner.number()
      guard (0...1).contains(share) else { throw scanner.failure("a share of \(share), expected 0…1") }
      row.append(share)
    }
    if experts == 0 { experts = row.count }
    guard !row.isEmpty, row.count == experts else {
      throw scanner.failure("a row of \(row.count) experts, expected \(max(1, experts))")
    }
    let sum = row.reduce(0, +)
    guard abs(sum - 1) <= Self.tolerance else {
      throw scanner.failure("shares of a layer that add up to \(sum), expected 1")
    }
    values += row.map { $0 / sum }
  }

  /// The same without other layers.
  package mutating func keep(layers picked: [Int]) {
    guard picked != Array(0..<layers) else { return }
    values = (0..<tasks).flatMap { task in picked.flatMap { shares(task: task, layer: $0) } }
    layers = picked.count
  }

  private func shares(task: Int, layer: Int) -> ArraySlice<Double> {
    let start = (task * layers + layer) * experts
    return values[start..<start + experts]
  }

  /// - Throws: `InputError` for an expert with more visits than there are tokens, each of which visits it once.
  package func check(topK: Int) throws(InputError) {
    guard topK <= experts else { throw InputError("top-\(topK) of \(experts) experts", status: .usage) }
    for task in 0..<tasks {
      for layer in 0..<layers {
        guard let most = shares(task: task, layer: layer).max(), most * Double(topK) > 1 + Self.tolerance else {
          continue
        }
        throw InputError(
          "an expert with a share of \(most), more than 1/\(topK) of the visits", at: .init(step: task, layer: layer))
      }
    }
  }

  /// `[layers][experts]` visits of a task of so many tokens: whole, and `tokens · topK` in every layer. What the shares
  /// leave goes to the largest remainders (Hamilton's method), the lowest expert of equal ones.
  func counts(task: Int, tokens: Int, topK: Int) -> [UInt64] {
    (0..<layers).flatMap { layer -> [UInt64] in
      let quotas = shares(task: task, layer: layer).map { min($0 * Double(tokens * topK), Double(tokens)) }
      var counts = quotas.map { UInt64($0) }
      var missing = tokens * topK - Int(counts.reduce(0, +))
      let byRemainder = quotas.indices.sorted {
        (quotas[$1] - quotas[$1].rounded(.down), $0) < (quotas[$0] - quotas[$0].rounded(.down), $1)
      }
      while missing > 0 {
        for expert in byRemainder where counts[expert] < UInt64(tokens) && missing > 0 {
          counts[expert] += 1
          missing -= 1
        }
      }
      return counts
    }
  }
}
