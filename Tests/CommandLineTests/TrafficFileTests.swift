import CommandRunner
import Foundation
import Testing

/// `replay --log` and `--matrix` write what was priced, and `comm` reads it back.
@Suite struct TrafficFileTests {
  static let trace = "\"$ROOT/traces/hot-cold.moetrace\" --steps 2:8 --cluster moe-comms"

  @Test func `files are the same on any number of threads, and hold every policy, step and layer`() throws {
    let scratch = try Scratch()
    for threads in ["1", "2", "5"] {
      let outcome = try Tool.shell(
        "\"$TOOL\" replay \(Self.trace) --policy eplb:steps=2,window=2 --threads \(threads) --log l\(threads).csv "
          + "--matrix m\(threads).csv > r\(threads)", in: scratch.folder)
      #expect(outcome.status == 0, "\(outcome.errors)")
    }
    let same = try Tool.shell(
      "cmp l1.csv l2.csv; cmp l1.csv l5.csv; cmp m1.csv m2.csv; cmp m1.csv m5.csv", in: scratch.folder)
    #expect(same.status == 0 && same.output.isEmpty, "\(same.output)")
    let rows = try String(contentsOf: scratch.folder.appendingPathComponent("m1.csv"), encoding: .utf8)
      .split(separator: "\n").dropFirst()
    let expected = (2..<8).flatMap { step in
      ["static", "\"eplb:steps=2,window=2\""].flatMap { policy in (0..<8).map { "\(policy),\(step),0,dispatch,\($0)," }
      }
    }
    #expect(rows.count == expected.count)
    #expect(zip(rows, expected).allSatisfy { $0.hasPrefix($1) })
  }

  @Test func `comm prices a step of a file as the replay did`() throws {
    let scratch = try Scratch()
    let one = "\"$TOOL\" replay \"$ROOT/traces/hot-cold.moetrace\" --steps 5:6 --cluster moe-comms --policy static"
    let replayed = try Tool.shell(
      "\"$TOOL\" replay \(Self.trace) --policy static --matrix m.csv > /dev/null; \(one) --format json",
      in: scratch.folder)
    let priced = try Tool.shell("\"$TOOL\" comm m.csv --cluster moe-comms --step 5 --format json", in: scratch.folder)
    let result = try #require(Self.json(replayed.output))
    let policy = try #require((result["policies"] as? [[String: Any]])?.first)
    let price = try #require(Self.json(priced.output))
    #expect((policy["time"] as? [String: Any])?["comm"] as? Double == price["time"] as? Double)
    #expect(policy["rounds"] as? Double == price["rounds"] as? Double)
    #expect(price["rounds"] as? Double ?? 0 > 20)
  }

  @Test func `as many layers as the document has are each priced`() throws {
    let scratch = try Scratch()
    let outcome = try Tool.shell(
      "\"$TOOL\" generate moe-comms:layers=58,tokensPerStep=64 -o t.moetrace; "
        + "\"$TOOL\" replay t.moetrace --cluster moe-comms --policy static --log log.csv --format json",
      in: scratch.folder)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let log = try String(contentsOf: scratch.folder.appendingPathComponent("log.csv"), encoding: .utf8)
    #expect(Set(log.split(separator: "\n").dropFirst().map { $0.split(separator: ",")[2] }).count == 58)
    let policy = (Self.json(outcome.output)?["policies"] as? [[String: Any]])?.first
    #expect(try #require(policy?["rounds"] as? Int) > 58)
  }

  @Test func `bytes of counts are said to be expectations`() throws {
    let scratch = try Scratch()
    let outcome = try Tool.shell(
      "\"$TOOL\" replay \"$ROOT/traces/glm-like.moetrace\" --steps 0:1 --layers 0:2 --ranks 8 --policy static --matrix m.csv",
      in: scratch.folder)
    #expect(outcome.status == 0)
    #expect(outcome.errors.contains("note: m.csv: expected bytes, as the trace holds counts\n"), "\(outcome.errors)")
    let priced = try Tool.shell("\"$TOOL\" comm m.csv --cluster h100-ib --part combine", in: scratch.folder)
    #expect(priced.status == 0, "\(priced.errors)")
  }

  @Test func `nothing is left where the replay fails`() throws {
    let scratch = try Scratch()
    let outcome = try Tool.shell(
      "head -c 3000 \"$ROOT/traces/hot-cold.moetrace\" > cut.moetrace; "
        + "\"$TOOL\" replay cut.moetrace --cluster moe-comms --policy static --log l.csv --matrix m.csv",
      in: scratch.folder)
    #expect(outcome.status == 65)
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.folder.path) == ["cut.moetrace"])
  }

  private static func json(_ text: String) -> [String: Any]? {
    (try? JSONSerialization.jsonObject(with: Data(text.utf8))) as? [String: Any]
  }
}
