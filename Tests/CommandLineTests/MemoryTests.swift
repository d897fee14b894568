import CommandRunner
import Foundation
import PythonRunner
import Testing

/// Files that claim or inflate to far more than they hold, made by `malicious.py`, which also measures the command: a
/// child's peak memory begins with its parent's, and this process is a large one.
@Suite struct MemoryTests {
  static let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("malicious.py")

  static let hasPython = Python.has("import zlib, os; os.waitstatus_to_exitcode")

  @Test(.enabled(if: hasPython)) func maliciousFilesTakeNoMoreThan64MiBAndTheirSize() throws {
    let scratch = try Scratch()
    let folder = scratch.folder.appendingPathComponent("files")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    #expect(try Python.run([Self.script.path, "make", folder.path]).status == 0)
    let measured = try Python.run([Self.script.path, "measure", Tool.executable.path, folder.path])
    #expect(measured.status == 0)
    let rows = measured.output.split(separator: "\n").map { $0.split(separator: " ") }
    let good = try #require(rows.first.flatMap { Int($0[4]) })
    #expect(rows.first?[2] == "0" && rows.count > 60)
    for row in rows.dropFirst() {
      let (size, peak) = (try #require(Int(row[1])), try #require(Int(row[4])))
      #expect((peak - good) * 1024 < (64 << 20) + size, "\(row[0]): \(peak - good) KiB more than a small file")
      // All are refused in one line, but for the wide traces, which are only wide.
      let isValid = row[0].contains("wide")
      #expect(row[2] == (isValid ? "0" : "65") && row[3] == (isValid ? "0" : "1"), "\(row.joined(separator: " "))")
    }
  }
}
