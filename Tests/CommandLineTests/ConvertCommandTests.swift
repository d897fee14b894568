import CommandRunner
import Foundation
import Testing

@Suite struct ConvertCommandTests {
  static func load(rows: Int, experts: Int) -> String {
    let row = "[" + (1...experts).map(String.init).joined(separator: ",") + "]"
    return #"{"logical_count":["# + Array(repeating: row, count: rows).joined(separator: ",") + "]}"
  }

  static func header(_ path: String) throws -> String {
    String(try String(contentsOfFile: path, encoding: .utf8).prefix { $0 != "\n" })
  }

  @Test func `a named model numbers its MoE layers and counts tokens`() throws {
    let scratch = try Scratch()
    let load = try scratch.file("load.json", Self.load(rows: 26, experts: 64))
    let trace = scratch.folder.appendingPathComponent("t.jsonl").path
    let outcome = try Tool.run("convert", load, "--model", "deepseek-v2-lite", "-o", trace)
    #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
    let header = try Self.header(trace)
    #expect(header.contains(#""topK":6"#) && header.contains(#""model":"deepseek-v2-lite""#))
    #expect(header.contains(#""layerNumbers":[1,2,3,"#) && header.contains("25,26]"))
    let inspection = try Tool.run("inspect", trace).output
    // Each row has 1 + … + 64 visits.
    #expect(inspection.hasPrefix("load: 1 steps, 346 tokens, counts\n"))
  }

  @Test func `a model that the recording does not fit is one line`() throws {
    let scratch = try Scratch()
    let load = try scratch.file("load.json", Self.load(rows: 25, experts: 64))
    let trace = scratch.folder.appendingPathComponent("t.jsonl").path
    for (model, message) in [
      ("deepseek-v3", "model deepseek-v3: 256 experts, but the recording has 64"),
      ("deepseek-v2-lite", "model deepseek-v2-lite: its 26 MoE layers are 1…26, and layer 0 of 25 recorded is none"),
    ] {
      let outcome = try Tool.run("convert", load, "--model", model, "-o", trace)
      #expect(outcome.status == 64 && outcome.errors.contains(message), "\(outcome.errors)")
      #expect(outcome.errors.split(separator: "\n").count == 1)
      #expect(!FileManager.default.fileExists(atPath: trace))
    }
  }

  @Test func `a name that is no model file's is kept with a note`() throws {
    let scratch = try Scratch()
    let load = try scratch.file("load.json", Self.load(rows: 2, experts: 8))
    let trace = scratch.folder.appendingPathComponent("t.jsonl").path
    let outcome = try Tool.run("convert", load, "--model", "our-own-moe", "-o", trace)
    #expect(outcome.status == 0 && outcome.errors.hasPrefix("note: ") && outcome.errors.contains("our-own-moe"))
    #expect(try Self.header(trace).contains(#""model":"our-own-moe""#))
    #expect(try Tool.run("convert", load, "--model", "models/none.yaml", "-o", trace).status == 66)
  }

  @Test func `a plan for a named model has a row for each of its layers and all of its experts`() throws {
    let scratch = try Scratch()
    let load = try scratch.file("load.json", Self.load(rows: 26, experts: 64))
    let plan = scratch.folder.appendingPathComponent("p.json").path
    let arguments = ["plan", load, "--policy", "eplb", "--ranks", "8", "--to", "sglang", "-o", plan]
    #expect(try Tool.run(arguments + ["--model", "deepseek-v2-lite"]).status == 0)
    let map = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: plan))) as? [String: Any]
    let rows = try #require(map?["physical_to_logical_map"] as? [[Int]])
    #expect(rows.count == 27)
    #expect(rows.allSatisfy { Set($0) == Set(0..<64) })
    #expect(rows[0] == (0..<rows[0].count).map { $0 % 64 } && rows[1] != rows[0] && rows[26] != rows[0])
    let refused = try Tool.run(arguments + ["--model", "deepseek-v3"])
    #expect(refused.status == 64 && refused.errors.contains("256 experts, but the load has 64"))
  }

  @Test func `what may not be given away is left out, and inspect says what is there`() throws {
    let scratch = try Scratch()
    let lines = """
      {"format":"moe-routing-trace","version":1,"name":"secret","layers":1,"experts":8,"topK":2,"content":"tokens",\
      "provenance":{"origin":"recorded","from":"customer.pt"}}
      {"step":0,"layer":0,"phase":"decode","source":[0,1],"sequence":[7,8],"token":[11,12],"experts":[[1,5],[2,7]],\
      "weights":[[0.5,0.5],[0.25,0.75]]}
      """
    let whole = try scratch.file("whole.jsonl", lines + "\n")
    let carried = try Tool.run("inspect", whole).output
    #expect(carried.contains("carries: token ids, sequences, weights, sources, phase, provenance\n"))
    let given = scratch.folder.appendingPathComponent("given.jsonl").path
    let parts = "token-ids,sequences,weights,provenance"
    #expect(try Tool.run("convert", whole, "--from", "trace", "--without", parts, "-o", given).status == 0)
    let text = try String(contentsOfFile: given, encoding: .utf8)
    #expect(
      text == """
        {"format":"moe-routing-trace","version":1,"name":"trace","layers":1,"experts":8,"topK":2,"content":"tokens"}
        {"step":0,"layer":0,"phase":"decode","source":[0,1],"experts":[[1,5],[2,7]]}

        """)
    let left = try Tool.run("inspect", given).output
    #expect(left.contains("carries: sources, phase; no token ids, sequences, weights, provenance\n"))
    let wrong = try Tool.run("convert", whole, "--without", "token-id", "-o", given)
    #expect(wrong.status == 64 && wrong.errors.contains("did you mean 'token-ids'"), "\(wrong.errors)")
  }
}
