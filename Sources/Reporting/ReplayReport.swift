import Diagnostics
import Replay

/// The ways to print a replay, by the name that `--format` takes.
public enum ReplayReport {
  private static let registry: [String: @Sendable (ReplayResult) throws -> String] = [
    "table": replayTable,
    "json": jsonReport,
    "csv": replayCSV,
    "html": replayHTML,
  ]

  /// Whether a format names the trace by its digest, which takes time to compute.
  public static func showsDigest(_ format: String) -> Bool { ["html", "json"].contains(format) }

  /// Whether a format has pictures of all layers.
  public static func showsLayers(_ format: String) -> Bool { format == "html" }

  public static var names: [String] { registry.keys.sorted() }

  /// - Throws: `InputError` (usage) for an unknown format, naming the closest one.
  public static func render(_ result: ReplayResult, as format: String) throws -> String {
    guard let report = registry[format] else {
      throw InputError("unknown format '\(format)'\(suggestion(for: format, in: names))", status: .usage)
    }
    return try report(result)
  }
}
