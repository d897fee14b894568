import CommandRunner
import Foundation
import PythonRunner
import Testing

/// Every command that writes, while the system fails it: what `Tests/Faults/inject-faults` says. `make faults` does the
/// same at many more moments.
@Suite struct FaultInjectionTests {
  static let script = Tool.root.appendingPathComponent("Tests/Faults/inject-faults").path

  /// Calls are made to fail by a library that is loaded before the system's, as Linux can.
  static let canInject: Bool = {
    #if os(Linux)
      Python.has("import sqlite3, pty, shutil; assert shutil.which('cc')")
    #else
      false
    #endif
  }()

  @Test(.enabled(if: canInject)) func `no fault leaves half a file, a temporary one, or more than one line`() throws {
    let tried = try Python.run([Self.script, Tool.executable.path, "--kills", "1", "--points", "2"])
    #expect(tried.status == 0, "\(tried.output)")
    // Each command, each signal once, at least.
    let counts = try #require(tried.output.firstMatch(of: #/(\d+) commands: .* (\d+) SIGKILL,/#))
    #expect(counts.1 == counts.2 && Int(counts.1).map { $0 > 20 } == true, "\(tried.output)")
  }
}
