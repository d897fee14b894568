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

  @Test func `a file that a library writes appears when it is complete, and goes where it is not`() throws {
    let path = folder.appendingPathComponent("store").path
    try "before".write(toFile: path, atomically: true, encoding: .utf8)
    do {
      let output = try OutputPath(path)
      #expect(output.replacesFile)
      try Data("half".utf8).write(to: URL(fileURLWithPath: output.temporaryPath))
    }
    #expect(try names == ["store"])
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "before")
    let output = try OutputPath(path)
    try Data("whole".utf8).write(to: URL(fileURLWithPath: output.temporaryPath))
    try output.commit()
    #expect(try names == ["store"])
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "whole")
  }

  @Test(arguments: ["/dev/null", "/dev/stdout", "/dev/fd/1"])
  func `what is no regular file is not for a library to write`(path: String) {
    let error = #expect(throws: InputError.self) { try OutputPath(path) }
    #expect(error?.status == .output)
    #expect(error?.message == "cannot write: not a regular file")
  }
}
