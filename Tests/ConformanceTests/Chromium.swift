import CommandRunner
import Foundation
import Testing

/// A browser without a window, where there is one; on CI there has to be.
enum Chromium {
  static let executable: URL? = ["chromium", "chromium-browser", "google-chrome"]
    .flatMap { name in
      ["/usr/bin", "/usr/local/bin", "/opt/google/chrome"].map { URL(fileURLWithPath: "\($0)/\(name)") }
    }
    .first { FileManager.default.isExecutableFile(atPath: $0.path) }

  /// Whether tests that need it are to run, or to fail for want of it.
  static let isExpected = executable != nil || ProcessInfo.processInfo.environment["CI"] == "true"

  /// Opens a file and returns what the browser prints.
  static func open(_ file: URL, _ arguments: String...) throws -> String {
    let process = Process()
    let browser: URL = try #require(executable, "no chromium is installed")
    process.executableURL = browser
    let scratch = try Scratch()
    process.arguments =
      [
        "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir=\(scratch.folder.path)",
        "--window-size=1400,2000", "--virtual-time-budget=5000",
      ] + arguments + [file.absoluteString]
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
    return String(decoding: data, as: UTF8.self)
  }
}
