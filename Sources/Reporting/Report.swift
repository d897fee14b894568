import Diagnostics

/// What a command found, in the views that formats print; see `ReportFormat`.
public protocol Report: Sendable {
  /// What it is about, in a few words.
  var title: String { get }
  /// For programs: the whole result.
  var content: ReportContent { get throws }
  /// For people: lines, tables and pictures from top to bottom.
  var blocks: [ReportBlock] { get }
  /// For spreadsheets: the figures, a row for each thing that has them.
  var records: Records { get throws }
  /// For a browser: one self-contained page of HTML. The blocks, unless a report has a better one.
  func page() throws -> String
}

extension Report {
  public func page() throws -> String { try documentPage(self) }

  /// The report's text in a format.
  ///
  /// - Throws: what encoding throws, for values that the format cannot hold.
  public func text(as format: ReportFormat = .table, style: ReportStyle = ReportStyle()) throws -> String {
    try format.render(self, style)
  }
}

/// The JSON of a report, before it is text.
public enum ReportContent {
  case object(any Encodable & Sendable)
  case list([any Encodable & Sendable])
}

/// Where a text is shown.
public struct ReportStyle: Sendable {
  /// Characters in a line; nil where lines may be as long as they get, as in a file.
  public var width: Int?
  /// Whether a terminal's colours are understood.
  public var inColour: Bool

  public init(width: Int? = nil, inColour: Bool = false) {
    self.width = width
    self.inColour = inColour
  }
}

/// A piece of a report.
public struct ReportBlock: Sendable {
  enum Content: Sendable {
    case line(String)
    case paragraph(String)
    case headline(String)
    case table(TextTable)
    /// A table that shows what fits, and says how to see the rest.
    case essentials(TextTable, rest: String)
    case picture(HeatMap)
  }

  /// Lines of text in files and pipes are filled to this, too.
  private static let widestParagraph = 120

  let content: Content
  /// Whether a summary goes without it.
  let isDetail: Bool

  /// A line of its own; blank when empty. As in all blocks, what names hold that would act on a terminal is written out.
  static func line(_ text: String = "", isDetail: Bool = false) -> ReportBlock {
    ReportBlock(content: .line(printable(text)), isDetail: isDetail)
  }

  /// Sentences, which are filled into lines.
  static func paragraph(_ text: String, isDetail: Bool = false) -> ReportBlock {
    ReportBlock(content: .paragraph(printable(text)), isDetail: isDetail)
  }

  /// A paragraph that a terminal shows in bold.
  static func headline(_ text: String) -> ReportBlock {
    ReportBlock(content: .headline(printable(text)), isDetail: false)
  }

  static func table(_ table: TextTable, isDetail: Bool = false) -> ReportBlock {
    ReportBlock(content: .table(table), isDetail: isDetail)
  }

  /// - Parameter rest: what shows all columns, such as `--wide`.
  static func essentials(_ table: TextTable, rest: String) -> ReportBlock {
    ReportBlock(content: .essentials(table, rest: rest), isDetail: false)
  }

  /// The table that it is, whole.
  var table: TextTable? {
    switch content {
    case .table(let table), .essentials(let table, _): table
    default: nil
    }
  }

  static func picture(_ picture: HeatMap, isDetail: Bool = false) -> ReportBlock {
    ReportBlock(content: .picture(picture), isDetail: isDetail)
  }

  func lines(_ style: ReportStyle) -> [String] {
    switch content {
    case .line(let text): style.width.map { text.folded(to: max(16, $0)) } ?? [text]
    case .paragraph(let text): Self.filled(text, style)
    case .headline(let text): Self.filled(text, style).map { style.inColour ? "\u{1B}[1m\($0)\u{1B}[0m" : $0 }
    case .table(let table): table.lines(width: style.width, inColour: style.inColour)
    case .essentials(let table, let rest): Self.lines(of: table, rest: rest, style)
    case .picture(let picture): picture.lines(inColour: style.inColour)
    }
  }

  private static func filled(_ text: String, _ style: ReportStyle) -> [String] {
    text.folded(to: max(16, min(style.width ?? .max, widestParagraph)))
  }

  private static func lines(of table: TextTable, rest: String, _ style: ReportStyle) -> [String] {
    let whole = style.inColour ? table.barred : table
    guard let width = style.width else { return whole.lines(width: nil, inColour: style.inColour) }
    let (shown, without) = whole.narrowed(to: width)
    let titles = without.filter { !$0.isEmpty }.joined(separator: ", ")
    let hint = titles.isEmpty ? [] : "\(rest) also has: \(titles).".folded(to: max(16, width))
    return shown.lines(width: width, inColour: style.inColour) + hint
  }
}
