import CommandRunner
import Foundation
import Testing

/// The packet document's published routing, from its files to its time.
@Suite struct MoECommsConformanceTests {
  @Test func `the published routing takes 219.06 ms in 28 rounds`() throws {
    let scratch = try Scratch()
    let files = ["routing", "weights"].map { "'\(Shared.path("traces/moe-comms/\($0).csv"))'" }.joined(separator: " ")
    let outcome = try Tool.shell(
      "\"$TOOL\" convert \(files) -o t.moetrace && "
        + "\"$TOOL\" replay t.moetrace --cluster moe-comms --policy static --format json --log log.csv",
      in: scratch.folder)
    let result = try #require(JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    let policy = try #require((result["policies"] as? [[String: Any]])?.first)
    let time = try #require((policy["time"] as? [String: Any])?["comm"] as? Double)
    #expect(abs(time - 219_060) < 1e-6)
    #expect(policy["rounds"] as? Int == 28)
    #expect((result["cluster"] as? [String: Any])?["ranksPerNode"] as? Int == 1)
    let log = try String(contentsOf: scratch.folder.appendingPathComponent("log.csv"), encoding: .utf8)
    let last = try #require(log.split(separator: "\n").last?.split(separator: ",", omittingEmptySubsequences: false))
    #expect(Int(last[4]).map { $0 + (Int(last[5]) ?? 0) - 1 } == 28)
  }

  @Test func `the audit's hot half gets the document's share`() throws {
    let scratch = try Scratch()
    let workload = Shared.path("failing-inputs/audit/hot-cold-document.yaml")
    let outcome = try Tool.shell("\"$TOOL\" generate '\(workload)' -o h.moetrace", in: scratch.folder)
    let share = try #require(outcome.errors.firstMatch(of: #/64 of .* are hot and get ([\d.]+) %/#)?.1)
    #expect(try abs(#require(Double(share)) - 79.6) < 0.5)
  }
}
