import Foundation

/// The built command, run as a user runs it.
package struct Tool {
  package struct Outcome {
    package var status: Int32
    package var output: String
    package var errors: String
  }

  /// The repository's root, with its traces and presets.
  package static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// The command lies beside the test bundle that this process runs.
  package static let executable: URL = {
    var folder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    while folder.path != "/" {
      let candidate = folder.appendingPathComponent("expert-replay")
      if FileManager.default.isExecutableFile(atPath: candidate.path), !candidate.hasDirectoryPath { return candidate }
      folder.deleteLastPathComponent()
    }
    return root.appendingPathComponent(".build/release/expert-replay")
  }()

  /// Seconds after which a command is taken to hang, and killed.
  private static let hangsAfter = 600.0

  /// - Parameter home: where presets are found outside the repository; nil for nowhere.
  package static func run(
    _ arguments: String..., in folder: URL = root, home: URL? = root, input: Data? = nil
  ) throws -> Outcome {
    try run(arguments, in: folder, home: home, input: input)
  }

  package static func run(
    _ arguments: [String], in folder: URL = root, home: URL? = root, input: Data? = nil
  ) throws -> Outcome {
    try run(executable, arguments, in: folder, home: home, input: input)
  }

  /// What bash makes of a script in which `$TOOL` is the command and `$ROOT` the repository.
  package static func shell(_ script: String, in folder: URL = root) throws -> Outcome {
    let definitions = "TOOL='\(executable.path)'; ROOT='\(root.path)'; export EXPERT_REPLAY_HOME=\"$ROOT\"; "
    return try run(URL(fileURLWithPath: "/bin/bash"), ["-c", definitions + script], in: folder, home: root, input: nil)
  }

  private static func run(
    _ executable: URL, _ arguments: [String], in folder: URL, home: URL?, input: Data?
  ) throws -> Outcome {
    let process = Process()
    process.executableURL = executable
    process.arguments = arguments
    process.currentDirectoryURL = folder
    process.environment = ProcessInfo.processInfo.environment.merging([
      "SWIFT_BACKTRACE": "enable=no", "EXPERT_REPLAY_HOME": home?.path ?? "",
    ]) { $1 }
    let scratch = try Scratch()
    let output = scratch.folder.appendingPathComponent("output")
    let errors = scratch.folder.appendingPathComponent("errors")
    let stdin = scratch.folder.appendingPathComponent("input")
    for (file, data) in [(output, Data()), (errors, Data()), (stdin, input ?? Data())] { try data.write(to: file) }
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: errors)
    process.standardInput = try FileHandle(forReadingFrom: stdin)
    try process.run()
    let end = DispatchWorkItem { kill(process.processIdentifier, SIGKILL) }
    DispatchQueue.global().asyncAfter(deadline: .now() + hangsAfter, execute: end)
    process.waitUntilExit()
    end.cancel()
    return Outcome(
      status: process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus,
      output: try String(contentsOf: output, encoding: .utf8), errors: try String(contentsOf: errors, encoding: .utf8))
  }
}

/// A folder that goes away with its owner.
package final class Scratch {
  package let folder: URL

  package init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("expert-replay-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  package func file(_ name: String, _ text: String = "") throws -> String {
    let url = folder.appendingPathComponent(name)
    if !text.isEmpty { try text.write(to: url, atomically: true, encoding: .utf8) }
    return url.path
  }
}
