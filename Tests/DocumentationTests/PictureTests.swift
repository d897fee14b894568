import CommandRunner
import Foundation
import PythonRunner
import Testing

/// The pictures in `docs/pictures` are what `make pictures` draws.
@Suite(.enabled(if: Python.has("import pty, termios, sys; assert sys.version_info >= (3, 9)"), "needs python3"))
struct PictureTests {
  private static let folder = Tool.root.appendingPathComponent("docs/pictures")

  @Test func `pictures show what the commands print`() throws {
    let scratch = try Scratch()
    let drawn = try Python.run([
      Self.folder.appendingPathComponent("draw").path, Tool.executable.path, scratch.folder.path,
    ])
    try #require(drawn.status == 0)
    let names = try FileManager.default.contentsOfDirectory(atPath: scratch.folder.path).sorted()
    let kept = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path).filter { $0.hasSuffix(".svg") }
    #expect(names.count >= 6 && names == kept.sorted())
    for name in names {
      let found = try Data(contentsOf: scratch.folder.appendingPathComponent(name))
      #expect(found == (try Data(contentsOf: Self.folder.appendingPathComponent(name))), "\(name): make pictures")
      #expect(found.count < 60_000, "\(name)")
    }
  }

  @Test func `every picture is shown, light and dark`() throws {
    let readme = try Document("README.md").lines.joined(separator: "\n")
    for name in try FileManager.default.contentsOfDirectory(atPath: Self.folder.path) where name.hasSuffix(".svg") {
      #expect(readme.contains("\"docs/pictures/\(name)\""), "\(name)")
    }
  }
}
