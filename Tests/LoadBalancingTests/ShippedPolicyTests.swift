import Diagnostics
import Foundation
import LoadBalancing
import Testing

@Suite struct ShippedPolicyTests {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("policies")

  static let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
    .filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }.sorted()

  @Test func theFirstLookIsThere() {
    #expect(Set(["static", "eplb", "distribution-only", "oracle"]).isSubset(of: Self.names))
  }

  @Test(arguments: names) func isReadableCommentedAndNamedLikeItsFile(name: String) throws {
    let text = try String(contentsOf: Self.folder.appendingPathComponent("\(name).yaml"), encoding: .utf8)
    #expect(text.hasPrefix("# "))
    let policy = try BalancingPolicy(settings: Settings(parsing: text, name: name))
    #expect(policy.name == name)
    #expect(try policy.slots(experts: 256, ranks: 32) >= 256)
  }
}
