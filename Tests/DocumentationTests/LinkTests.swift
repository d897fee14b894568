import CommandRunner
import Foundation
import Testing

@Suite struct LinkTests {
  @Test func `links between documents lead somewhere`() throws {
    let documents = try Document.all
    #expect(documents.flatMap(\.links).count > 20)
    for document in documents {
      for (line, target) in document.links {
        let parts = target.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let folder = document.path.contains("/") ? document.path[...document.path.lastIndex(of: "/")!] : ""
        let path = parts[0].isEmpty ? document.path : folder + parts[0]
        let url = Tool.root.appendingPathComponent(path).standardizedFileURL
        #expect(FileManager.default.fileExists(atPath: url.path), "\(document.path):\(line): \(target)")
        guard parts.count == 2 else { continue }
        let other = documents.first { Tool.root.appendingPathComponent($0.path).standardizedFileURL == url }
        #expect(other?.anchors.contains(parts[1]) == true, "\(document.path):\(line): \(target)")
      }
    }
  }

  @Test func `the index lists every guide, by the order of reading`() throws {
    let listed = try Document("docs/README.md").links.map(\.target)
    let guides = try Document.paths(ending: ".md", in: "docs").filter { $0 != "docs/README.md" }
    #expect(listed.count == Set(listed).count)
    #expect(guides.map { String($0.dropFirst("docs/".count)) } == listed.sorted())
  }

  /// But for the files that a worked example tells to add.
  @Test func `files that documents name are there`() throws {
    let added = Set(
      try Document.paths(ending: ".swift", in: "Tests/DocumentationTests/Worked").map { $0.split(separator: "/").last })
    let pattern =
      #/`((?:Sources|Tests|Examples|Benchmarks|docs|policies|clusters|models|workloads|traces|validation)\/[\w.+\/-]*)`/#
    var count = 0
    for document in try Document.all {
      for (index, line) in document.lines.enumerated() {
        for path in line.matches(of: pattern).map(\.1) where !added.contains(path.split(separator: "/").last) {
          count += 1
          let exists = FileManager.default.fileExists(atPath: Tool.root.appendingPathComponent(String(path)).path)
          #expect(exists, "\(document.path):\(index + 1): \(path)")
        }
      }
    }
    #expect(count > 20)
  }
}
