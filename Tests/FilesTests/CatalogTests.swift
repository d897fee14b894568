import Diagnostics
import Files
import Foundation
import Testing

/// Two roots that hold a folder `policies`, one looked up before the other.
@Suite final class CatalogTests {
  let folder: URL
  let catalog: Catalog

  init() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("catalog-\(UUID())")
    self.folder = folder
    for (file, text) in [
      ("first/policies/eplb.yaml", "mine"), ("second/policies/eplb.yaml", "shipped"),
      ("second/policies/static.yaml", "static"), ("second/policies/llama-3.1.yaml", "dotted"),
      ("second/policies/notes.txt", "no entry"), ("second/policies/systems/vllm.yaml", "shelved"),
    ] {
      let url = folder.appendingPathComponent(file)
      try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try text.write(to: url, atomically: true, encoding: .utf8)
    }
    catalog = Catalog("policies", roots: ["first", "second", "absent"].map { folder.appendingPathComponent($0).path })
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  @Test func `a name means the first root that has it`() throws {
    #expect(try catalog.path(of: "eplb") == folder.appendingPathComponent("first/policies/eplb.yaml").path)
    #expect(try catalog.load("eplb").text == "mine")
    #expect(try catalog.load("static").text == "static")
  }

  @Test func `names are those of all roots, once each and in order`() {
    #expect(catalog.names == ["eplb", "llama-3.1", "static"])
  }

  @Test func `a name may have a dot`() throws {
    #expect(try catalog.load("llama-3.1").text == "dotted")
  }

  @Test func `a name with a slash is a path`() throws {
    let path = folder.appendingPathComponent("second/policies/eplb.yaml").path
    #expect(try catalog.path(of: path) == path)
    #expect(try catalog.load(path).text == "shipped")
  }

  private var shelved: Catalog {
    Catalog(
      "policies", shelves: ["systems"], roots: ["first", "second"].map { folder.appendingPathComponent($0).path })
  }

  @Test func `what is on a shelf has its name before its own`() throws {
    #expect(try shelved.load("systems/vllm").text == "shelved")
    #expect(shelved.names == ["eplb", "llama-3.1", "static", "systems/vllm"])
    #expect(throws: InputError.self) { try catalog.path(of: "systems/vllm") }
  }

  @Test(arguments: ["vllm", "vlm", "systems/vlm", "system/vllm"]) func `a shelf is found for a name`(name: String) {
    let error = #expect(throws: InputError.self) { try shelved.path(of: name) }
    if name == "system/vllm" {
      #expect(error?.description == "system/vllm: no such file: there is no folder 'system'")
    } else {
      #expect(error?.description.hasPrefix("\(name): no such entry; did you mean 'systems/vllm'?; looked in ") == true)
    }
  }

  @Test func `an unknown name is told with the closest known one`() {
    let error = #expect(throws: InputError.self) { try self.catalog.path(of: "epbl") }
    #expect(error?.status == .missing)
    #expect(error?.description.hasPrefix("epbl: no such entry; did you mean 'eplb'?; looked in ") == true)
  }

  @Test func `a name unlike any is told with all that are known`() {
    let error = #expect(throws: InputError.self) { try self.catalog.path(of: "something") }
    let places = ["first", "second", "absent"].map { "\(folder.appendingPathComponent($0).path)/policies/" }
    #expect(
      error?.description == "something: no such entry; known: eplb, llama-3.1, static; looked in "
        + places.joined(separator: ", "))
  }

  @Test(arguments: ["absent/eplb.yaml", "eplb.yml", "second/policies/static"])
  func `a path that is no file is told as one`(path: String) {
    let error = #expect(throws: InputError.self) { try self.catalog.path(of: path) }
    #expect(error?.status == .missing)
    #expect(error?.description.hasPrefix("\(path): no such file") == true)
  }

  @Test func `the working directory comes before the home and the installed files`() {
    let executable = folder.appendingPathComponent("usr/bin/expert-replay").path
    let installed = URL(fileURLWithPath: executable).resolvingSymlinksInPath().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("share/expert-replay").path
    let roots = Catalog.roots(environment: ["EXPERT_REPLAY_HOME": "/home/of/presets"], executable: executable)
    #expect(roots == [".", "/home/of/presets", installed])
    #expect(Catalog.roots(environment: ["EXPERT_REPLAY_HOME": ""], executable: executable) == [".", installed])
  }

  @Test func `files are installed beside the binary that a link leads to`() throws {
    let binary = folder.appendingPathComponent("opt/bin/expert-replay")
    let link = folder.appendingPathComponent("link")
    try FileManager.default.createDirectory(at: binary.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data().write(to: binary)
    try FileManager.default.createSymbolicLink(at: link, withDestinationURL: binary)
    let roots = Catalog.roots(environment: [:], executable: link.path)
    #expect(roots.last?.hasSuffix("/opt/share/expert-replay") == true)
  }
}
