import Diagnostics

/// A way to print any report, by the name that `--format` takes.
///
/// A format is one file in this folder and its line in `all`.
public struct ReportFormat: Sendable {
  /// What a format shows that takes time or room to find out.
  public struct Needs: OptionSet, Sendable {
    public let rawValue: Int
    public init(rawValue: Int) { self.rawValue = rawValue }
    /// The trace is named by its digest.
    public static let digest = Needs(rawValue: 1)
    /// All layers are painted.
    public static let layers = Needs(rawValue: 2)
    /// Charts show more than figures.
    public static let details = Needs(rawValue: 4)
    /// Steps are told while they are replayed.
    public static let steps = Needs(rawValue: 8)
  }

  public let name: String
  /// What it is for, in a few words.
  public let summary: String
  public let needs: Needs
  let render: @Sendable (any Report, ReportStyle) throws -> String

  /// A format of your own: give it to `Report.text(as:style:)`.
  ///
  /// - Parameters:
  ///   - summary: what it is for, in a few words.
  ///   - render: the whole text of any report.
  public init(
    _ name: String, _ summary: String, needs: Needs = [],
    render: @escaping @Sendable (any Report, ReportStyle) throws -> String
  ) {
    self.name = name
    self.summary = summary
    self.needs = needs
    self.render = render
  }

  public static let all: [ReportFormat] = [.table, .summary, .json, .csv, .html]

  public static let registry = Registry("format", all.map { .init($0.name, $0.summary, $0) })
}
