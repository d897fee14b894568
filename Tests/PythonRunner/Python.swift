import Foundation

/// The machine's Python, where a test needs another reader or a process of its own.
package enum Python {
  /// - Returns: the exit status and what it printed.
  package static func run(_ arguments: [String]) throws -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3"] + arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: data, as: UTF8.self))
  }

  /// Whether there is a Python that runs this.
  package static func has(_ script: String) -> Bool { (try? run(["-c", script]))?.status == 0 }
}
