import CommandRunner
import Diagnostics
import Foundation

/// The folder of recordings and known answers: `$EXPERT_REPLAY_SHARED`, else `../shared` beside the package.
enum Shared {
  static let folder: URL = {
    if let path = ProcessInfo.processInfo.environment["EXPERT_REPLAY_SHARED"] { return URL(fileURLWithPath: path) }
    return Tool.root.deletingLastPathComponent().appendingPathComponent("shared")
  }()

  /// - Throws: if the file is missing, so that a suite without the folder fails.
  static func data(_ path: String) throws -> Data { try Data(contentsOf: folder.appendingPathComponent(path)) }

  static func path(_ path: String) -> String { folder.appendingPathComponent(path).path }
}

/// The files that ship in `policies/`, `clusters/` and `models/`.
enum Preset {
  static func settings(_ path: String) throws -> Settings {
    try Settings(
      parsing: String(contentsOf: Tool.root.appendingPathComponent("\(path).yaml"), encoding: .utf8), name: path)
  }
}
