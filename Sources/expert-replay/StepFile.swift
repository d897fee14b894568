import ExpertReplay
import Files
import Reporting

/// The table of steps that `--per-step` asks for: it grows with the replay and gets its name at the end.
final class StepFile {
  /// Text that is written at once.
  private static let piece = 1 << 18

  private let file: OutputFile
  private let table: StepTable
  private let isByLayer: Bool
  private var text: String

  init(_ path: String, byLayer isByLayer: Bool) throws {
    table = try StepTable(path, byLayer: isByLayer)
    file = try OutputFile(path: path)
    text = table.head
    self.isByLayer = isByLayer
  }

  var observer: StepObserver {
    StepObserver(byLayer: isByLayer) { [self] result in
      text += try table.row(result)
      if text.utf8.count >= Self.piece { try write() }
    }
  }

  func commit() throws {
    try write()
    try file.commit()
  }

  private func write() throws {
    try file.write(text)
    text = ""
  }
}
