import CommandRunner
import Foundation
import LoadBalancing
import Testing

/// The names on the page of the field are names here.
@Suite struct FieldTests {
  @Test func `names in the columns of what is here can be named`() throws {
    let folder = Tool.root.appendingPathComponent("policies")
    let files = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
      .filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }
    let known = Set(
      files + Planners.registry.names + Recoveries.registry.names + DispatchRules.registry.names
        + SharedExpertRules.registry.names
        + ["advise", "from", "sharedExpert: waterfill", "Recoveries"])
    var named = 0
    var column: Int?
    for line in try Document("docs/field.md").lines where line.hasPrefix("|") {
      let cells = line.split(separator: "|", omittingEmptySubsequences: false).map {
        $0.trimmingCharacters(in: .whitespaces)
      }
      if let here = cells.firstIndex(of: "here") { column = here }
      guard let column, column < cells.count else { continue }
      for name in cells[column].matches(of: #/`([^`]+)`/#).map({ String($0.1) }) {
        named += 1
        #expect(known.contains(name), "\(name)")
      }
    }
    #expect(named > 20)
  }
}
