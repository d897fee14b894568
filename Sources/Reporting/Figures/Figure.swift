import Replay

/// One number that a replay finds of a policy: where it stands in the JSON, what it means and how it is read.
///
/// Everything that shows figures walks `Figure.all`: the table, the CSV, the page and `docs/figures.md`.
public struct Figure: Sendable {
  /// Where it stands in a policy's JSON, such as `time.comm`; its column in the CSV.
  public let path: String
  public let name: String
  public let unit: Unit
  public let better: Direction
  /// How it is read, in one line; a legend when its column is shown.
  public let reading: String
  /// The column of a table that shows it; nil for most.
  let column: Column?
  /// Whether it compares with the baseline, and says nothing of the baseline itself.
  package let isComparison: Bool
  /// Nil where it does not apply.
  public let value: @Sendable (PolicyResult) -> Double?

  init(
    _ path: String, _ name: String, _ unit: Unit, better: Direction = .neither, _ reading: String,
    column: Column? = nil, isComparison: Bool = false, _ value: @escaping @Sendable (PolicyResult) -> Double?
  ) {
    self.path = path
    self.name = name
    self.unit = unit
    self.better = better
    self.reading = reading
    self.column = column
    self.isComparison = isComparison
    self.value = value
  }

  /// The value as a person reads it; nil where it does not apply.
  func text(of policy: PolicyResult, in result: ReplayResult) -> String? {
    if isComparison, policy.name == result.baseline { return nil }
    return value(policy).map(unit.text)
  }

  /// Which way is better.
  public enum Direction: String, Sendable { case less, more, neither }

  /// What a value counts, and so how it is written.
  public enum Unit: String, Sendable {
    case microseconds = "us"
    case bytes
    case count
    case tokens
    case tokensPerSecond = "tokens/s"
    case operationsPerByte = "operations/byte"
    case dollars = "$"
    /// More or fewer dollars than something else.
    case dollarsSaved = "$ saved"
    case joules = "J"
    case operationsPerSecond = "operations/s"
    /// A number near 1 or below, to the third decimal.
    case ratio
    /// How many times as much, to three digits.
    case times
    /// A part of a whole, in the JSON as a fraction of 1.
    case share
    /// More or less than something else, in the JSON as a fraction of 1.
    case change
    /// Less time than something else, in the JSON as a fraction of 1; below 0 for more.
    case speed
    case seconds = "s"
    /// 1 for yes, 0 for no.
    case truth = "yes or no"

    /// What a number in JSON or CSV counts.
    public var ofData: String {
      switch self {
      case .share, .change, .speed: "fraction"
      case .dollarsSaved: "$"
      default: rawValue
      }
    }

    /// The unit of a column of values.
    ///
    /// - Parameter largest: of their magnitudes.
    func scale(largest: Double) -> ColumnScale {
      switch self {
      case .microseconds: .time(largest: largest)
      case .seconds: ColumnScale.time(largest: largest * 1e6).of(1e6)
      case .bytes: .decimal("B", largest: largest)
      case .operationsPerSecond: .decimal("FLOP/s", largest: largest)
      case .share, .change, .speed: ColumnScale(name: "%", factor: 100, write: Readable.tenths)
      default: ColumnScale(name: nil, factor: 1, write: text)
      }
    }

    func text(_ value: Double) -> String {
      switch self {
      case .microseconds: Readable.time(value)
      case .bytes: Readable.bytes(value)
      case .count, .tokensPerSecond: Readable.count(whole: value)
      case .tokens, .operationsPerByte, .times: Readable.significant(value)
      case .operationsPerSecond: Readable.flopRate(value)
      case .dollars, .joules: Readable.significant(value)
      case .dollarsSaved: Readable.signed(value)
      case .ratio: Readable.ratio(value)
      case .share: Readable.percent(value)
      case .change: Readable.signedPercent(value)
      case .speed: Readable.speed(value)
      case .seconds: Readable.time(value * 1e6)
      case .truth: value == 0 ? "no" : "yes"
      }
    }
  }

  /// A column of one of the tables that people read.
  struct Column: Sendable {
    enum Table: Sendable {
      /// The table that answers the question.
      case answer
      /// The table of end-to-end estimates.
      case serving
      /// The table of what a layer's time is made of, and between which bounds it lies; shown when asked for.
      case bounds
    }

    /// What a cell says in the unit of its column.
    typealias Cell = @Sendable (PolicyResult, ReplayResult, ColumnScale) -> String?

    let title: String
    let table: Table
    /// How a column that says more than its figure is read; nil if as the figure.
    let legend: String?
    /// What stands in a cell if it is more than the figure's text.
    let cell: Cell?
    /// Whether the column is left out where all of its figures are 0.
    let hidesZeros: Bool
    /// In a narrow window the columns with most go first.
    let importance: Int

    init(
      _ title: String, in table: Table = .answer, importance: Int = 0, legend: String? = nil, hidesZeros: Bool = false,
      cell: Cell? = nil
    ) {
      self.title = title
      self.table = table
      self.importance = importance
      self.legend = legend
      self.cell = cell
      self.hidesZeros = hidesZeros
    }
  }
}
