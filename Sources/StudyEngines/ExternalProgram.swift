import Diagnostics
import Foundation

/// A program of another project, found on PATH.
struct ExternalProgram {
  let path: String

  /// - Parameter hint: what to do where it is not.
  /// - Throws: `InputError` (missing).
  init(_ name: String, hint: String) throws(InputError) {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
    let places = name.contains("/") ? [name] : folders.map { "\($0)/\(name)" }
    guard let path = places.first(where: FileManager.default.isExecutableFile(atPath:)) else {
      throw InputError("no such program\(name.contains("/") ? "" : " on PATH"): \(hint)", in: name, status: .missing)
    }
    self.path = path
  }

  /// Runs it to its end.
  ///
  /// - Returns: what it wrote to standard output.
  /// - Throws: `InputError` with what it wrote to standard error, if it fails.
  @discardableResult
  func run(_ arguments: [String], input: String = "") throws -> String {
    let name = URL(fileURLWithPath: path).lastPathComponent
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    let (stdin, stdout, stderr) = (Pipe(), Pipe(), Pipe())
    (process.standardInput, process.standardOutput, process.standardError) = (stdin, stdout, stderr)
    do { try process.run() } catch { throw InputError("cannot be run: \(error)", in: name, status: .missing) }
    // One that does not read to the end says why on standard error.
    try? stdin.fileHandleForWriting.write(contentsOf: Data(input.utf8))
    try? stdin.fileHandleForWriting.close()
    let output = String(decoding: stdout.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    let errors = String(decoding: stderr.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationReason == .exit, process.terminationStatus == 0 else {
      let reason = errors.split(separator: "\n").joined(separator: " ")
      throw InputError(reason.isEmpty ? "failed with status \(process.terminationStatus)" : reason, in: name)
    }
    return output
  }
}
