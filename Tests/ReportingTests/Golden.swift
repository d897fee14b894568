import Diagnostics
import Foundation
import Testing

/// Texts that reports are known to print, in `Golden/`.
///
/// `EXPERT_REPLAY_REWRITE=1 swift test --filter ReportingTests` writes what they print now, to be read before it is
/// committed.
enum Golden {
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  private static let folder = root.appendingPathComponent("Tests/ReportingTests/Golden")
  private static let isRewriting = ProcessInfo.processInfo.environment["EXPERT_REPLAY_REWRITE"] == "1"

  static func data(_ name: String) throws -> Data { try Data(contentsOf: folder.appendingPathComponent(name)) }

  /// Fails where `text` is not the file's, and says in which line.
  static func expect(_ text: String, isFile name: String, location: SourceLocation = #_sourceLocation) throws {
    try expect(text, isFile: folder.appendingPathComponent(name), location: location)
  }

  static func expect(_ text: String, isFile file: URL, location: SourceLocation = #_sourceLocation) throws {
    // Another version is no other text.
    let text = text.replacing("\"version\" : \"\(expertReplayVersion)\"", with: "\"version\" : \"x.y.z\"")
      .replacing("expert-replay \(expertReplayVersion)", with: "expert-replay x.y.z")
    if isRewriting { try text.write(to: file, atomically: true, encoding: .utf8) }
    let known = try String(contentsOf: file, encoding: .utf8)
    guard known != text else { return }
    let (old, new) = (lines(known), lines(text))
    let line = zip(old, new).enumerated().first { $0.element.0 != $0.element.1 }?.offset ?? min(old.count, new.count)
    let shown = [old, new].map { line < $0.count ? $0[line] : "(end)" }
    Issue.record(
      "\(file.lastPathComponent), line \(line + 1):\nexpected: \(shown[0])\nprinted:  \(shown[1])",
      sourceLocation: location)
  }

  private static func lines(_ text: String) -> [Substring] {
    text.split(separator: "\n", omittingEmptySubsequences: false)
  }
}
