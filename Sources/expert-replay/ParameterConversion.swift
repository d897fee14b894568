import ExpertReplay
import Files
import Foundation
import Presets

/// The packet document's parameters, which are no recording: they become a cluster, a model and a workload.
struct ParameterConversion {
  static let summary =
    "  \(PacketProgram.format): params.py of the packet document; makes a cluster, a model and a workload"

  private let source: String

  /// Nil for recordings.
  ///
  /// - Throws: `InputError` (usage) for more than one file of parameters.
  init?(_ sources: [String], from format: String?) throws(InputError) {
    let isAsked = format == PacketProgram.format
    guard isAsked || format == nil && sources.contains(where: { $0.hasSuffix(".py") }) else { return nil }
    guard sources.count == 1 else {
      throw InputError("\(sources.count) files, expected one", in: PacketProgram.format, status: .usage)
    }
    source = sources[0]
  }

  /// Writes `OUTPUT-cluster.yaml`, `OUTPUT-model.yaml` and `OUTPUT-workload.yaml`, all or none.
  func write(to output: String) throws {
    let name = URL(fileURLWithPath: output).lastPathComponent
    guard output != "-", !output.hasSuffix("/") else {
      throw InputError("three files are written: give what their names begin with", in: "-o", status: .usage)
    }
    let program = try PacketProgram(parsing: readText(source), name: source, as: name)
    let files = try program.files.map { file in
      let path = "\(output)-\(file.kind).yaml"
      let opened = try OutputFile(path: path)
      try opened.write(file.text)
      return (path, opened)
    }
    for (_, file) in files { try file.commit() }
    for note in program.notes { Remarks.note(note) }
    Remarks.note("wrote \(files.map(\.0).joined(separator: ", "))")
  }
}
