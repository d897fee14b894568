import Diagnostics
import Files
import Foundation

/// A program of `python/expert_replay`, which this process becomes: `python3 -m expert_replay.NAME`, but nothing is
/// imported from the working directory, whose files may be a stranger's.
struct PythonModule {
  let name: String
  /// What needs it, for messages.
  let purpose: String
  /// With which the package is installed for it, as in `expert-replay[ray]`.
  let extra: String

  /// The package beside the presets is taken, else that which is installed for `EXPERT_REPLAY_PYTHON`, or `python3` on
  /// PATH.
  ///
  /// - Throws: `InputError` (missing): no Python, or neither package.
  func replaceThisProcess(_ arguments: [String]) throws -> Never {
    let environment = ProcessInfo.processInfo.environment
    let python = try ExternalProgram(
      environment["EXPERT_REPLAY_PYTHON"].flatMap { $0.isEmpty ? nil : $0 } ?? "python3",
      hint: "\(purpose) needs Python; install it, or name it in EXPERT_REPLAY_PYTHON")
    var changes: [String: String] = [:]
    if let folder = Self.folder(holding: name) {
      changes["PYTHONPATH"] = [folder, environment["PYTHONPATH"] ?? ""].filter { !$0.isEmpty }.joined(separator: ":")
    } else if (try? python.run(["-c", "\(Self.path); import expert_replay.\(name)"])) == nil {
      throw InputError(
        "the Python package expert_replay is not installed: pip install 'expert-replay[\(extra)]'", in: python.path,
        status: .missing)
    }
    let program =
      "\(Self.path); import runpy; runpy.run_module('expert_replay.\(name)', run_name='__main__', alter_sys=True)"
    try python.replaceThisProcess(["-c", program] + arguments, environment: changes)
  }

  /// With `-m` and `-c` Python imports from the working directory before all else.
  private static let path = "import sys; sys.path = [folder for folder in sys.path if folder]"

  /// The folder `python` beside the presets that has the module, a file or a folder.
  private static func folder(holding name: String) -> String? {
    let folders = Catalog.defaultRoots.filter { $0 != "." }.map { "\($0)/python" }
    let found = folders.first { folder in
      ["", ".py"].contains { FileManager.default.fileExists(atPath: "\(folder)/expert_replay/\(name)\($0)") }
    }
    return found.map { URL(fileURLWithPath: $0).standardizedFileURL.path }
  }
}
