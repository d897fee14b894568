import Diagnostics

/// Tokens that an expert's are rounded up to: `64`, or by the tokens of an expert on average, `{0: 16, 32: 64, 128: 192}`.
public struct TileRows: Equatable, Sendable {
  /// Ascending in tokens, the first from 0.
  private let steps: [Step]

  private struct Step: Equatable, Sendable {
    let tokens: Double
    let rows: Double
  }

  /// The same for any number.
  public init(_ rows: Int) { steps = [Step(tokens: 0, rows: Double(rows))] }

  init(settings: Settings, key: String) throws(InputError) {
    guard settings.isSection(key) else {
      self.init(try settings.optionalInteger(key, in: 1...4096) ?? 1)
      return
    }
    let table = try settings.section(key)
    var steps: [Step] = []
    for name in table.keys {
      guard let tokens = Double(name), (0...1e9).contains(tokens) else {
        throw table.error("'\(name)' is not a number of tokens", at: name)
      }
      steps.append(Step(tokens: tokens, rows: Double(try table.integer(name, in: 1...4096))))
    }
    steps.sort { $0.tokens < $1.tokens }
    guard steps.first?.tokens == 0 else { throw settings.error("a table that does not start at 0", at: key) }
    self.init(steps: steps)
  }

  private init(steps: [Step]) { self.steps = steps }

  /// Nil where tokens are not rounded up.
  func rows(tokens: Double) -> Double? {
    let rows = steps.last { $0.tokens <= tokens }?.rows ?? steps[0].rows
    return rows > 1 ? rows : nil
  }

  /// What `init(settings:)` reads back.
  var text: String {
    guard steps.count > 1 else { return shortNumber(steps[0].rows) }
    return "{" + steps.map { "\(shortNumber($0.tokens)): \(shortNumber($0.rows))" }.joined(separator: ", ") + "}"
  }
}
