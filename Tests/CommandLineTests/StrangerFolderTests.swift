import CommandRunner
import Foundation
import PythonRunner
import Testing

/// A folder that somebody sent may hold programs beside its recordings: none of them is run.
@Suite(.enabled(if: Python.has("import runpy"))) struct StrangerFolderTests {
  /// A planned study, and modules that say on the disk that they ran, wherever Python may look for what a study needs.
  private func folder() throws -> Scratch {
    let scratch = try Scratch()
    _ = try scratch.file(
      "small.yaml",
      "name: small\ntraces: [traces/hot-cold.moetrace]\nranks: [8]\npolicies: [eplb]\noptions: {steps: \"0:4\"}\n")
    for package in ["expert_replay", "python/expert_replay"] {
      for file in ["__init__.py", "parquet.py", "ray_engine/__init__.py", "ray_engine/__main__.py"] {
        try module("\(package)/\(file)", in: scratch)
      }
    }
    for name in ["ray", "pyarrow", "runpy", "argparse", "numpy"] { try module("\(name).py", in: scratch) }
    let planned = try shell("\"$TOOL\" study plan small.yaml --sample 0 -o small.jsonl", in: scratch)
    #expect(planned.status == 0, "\(planned.errors)")
    return scratch
  }

  private func module(_ path: String, in scratch: Scratch) throws {
    let file = scratch.folder.appendingPathComponent(path)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    let text = "open(\"\(scratch.folder.path)/ran\", \"a\").write(\"\(path)\\n\")\n"
    try text.write(to: file, atomically: true, encoding: .utf8)
  }

  private func shell(_ script: String, in scratch: Scratch) throws -> Tool.Outcome {
    try Tool.shell("ln -sfn \"$ROOT/traces\" traces; \(script)", in: scratch.folder)
  }

  @Test(arguments: ["", "unset EXPERT_REPLAY_HOME; "])
  func `of the working directory nothing is run`(setting: String) throws {
    let scratch = try folder()
    for words in ["submit small.jsonl --engine ray -- --address=127.0.0.1:1", "collect small.jsonl -o small.parquet"] {
      _ = try shell("\(setting)\"$TOOL\" study \(words)", in: scratch)
    }
    let ran = try? String(contentsOf: scratch.folder.appendingPathComponent("ran"), encoding: .utf8)
    #expect(ran == nil, "\(ran ?? "")")
  }
}
