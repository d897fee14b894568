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
    case table(TextTable)
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

  static func table(_ table: TextTable, isDetail: Bool = false) -> ReportBlock {
    ReportBlock(content: .table(table), isDetail: isDetail)
  }

  static func picture(_ picture: HeatMap, isDetail: Bool = false) -> ReportBlock {
    ReportBlock(content: .picture(picture), isDetail: isDetail)
  }

  func lines(_ style: ReportStyle) -> [String] {
    switch content {
    case .line(let text): style.width.map { text.folded(to: max(16, $0)) } ?? [text]
    case .paragraph(let text): text.folded(to: max(16, min(style.width ?? .max, Self.widestParagraph)))
    case .table(let table): table.lines(width: style.width)
    case .picture(let picture): picture.lines(inColour: style.inColour)
    }
  }
}
