import Diagnostics
import Files
import Foundation
import Testing

@Suite struct OutputFileTests {
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("output-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  private var names: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: folder.path) } }

  @Test func appearsUnderItsNameOnlyWhenCommitted() throws {
    let path = folder.appendingPathComponent("result.json").path
    let file = try OutputFile(path: path)
    try file.write("one ")
    #expect(try !names.contains("result.json"))
    try file.write("two")
    try file.commit()
    #expect(try names == ["result.json"])
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "one two")
  }

  @Test func leavesAnEarlierResultAloneWhenAbandoned() throws {
    let path = folder.appendingPathComponent("result.json").path
    try "before".write(toFile: path, atomically: true, encoding: .utf8)
    do {
      let file = try OutputFile(path: path)
      try file.write("half")
    }
    #expect(try names == ["result.json"])
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "before")
  }

  @Test func aFolderThatIsMissingIsAnOutputError() {
    let error = #expect(throws: InputError.self) { try OutputFile(path: "\(folder.path)/none/result.json") }
    #expect(error?.status == .output)
  }
}
