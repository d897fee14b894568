import CommandRunner
import Foundation
import Testing

/// docs/dependencies.md names what the package is built with: the oldest version and the licence.
@Suite struct DependenciesTests {
  private static let licences = ["Apache-2.0", "MIT", "BSD-3-Clause"]

  @Test(arguments: ["Package.swift", "Benchmarks/Package.swift"])
  func everyDependencyHasItsRow(manifest: String) throws {
    let text = try String(contentsOf: Tool.root.appendingPathComponent(manifest), encoding: .utf8)
    let document = try String(contentsOf: Tool.root.appendingPathComponent("docs/dependencies.md"), encoding: .utf8)
    let rows = document.split(separator: "\n").filter { $0.hasPrefix("| [") }
    let dependencies = text.matches(of: #/\.package\(\s*url: "([^"]+)", from: "([0-9.]+)"/#)
    #expect(!dependencies.isEmpty)
    for dependency in dependencies {
      let row = rows.first { $0.contains("](\(dependency.1))") }
      let cells = try #require(row, "\(dependency.1)").split(separator: "|").map {
        $0.trimmingCharacters(in: .whitespaces)
      }
      #expect(cells[1] == dependency.2, "\(cells[0])")
      #expect(Self.licences.contains(cells[2]), "\(cells[0]): \(cells[2])")
    }
  }
}
