import Diagnostics
import Foundation
import LoadBalancing
import Replay
import Reporting
import TestTraces
import Testing

@Suite struct StepTableTests {
  private static func steps(byLayer: Bool) throws -> [StepResult] {
    let trace = SmallTrace(steps: 6)
    var steps: [StepResult] = []
    var policy = try Fixture.policy("eplb", schedule: "{kind: every, steps: 2}")
    policy.name = "=eplb, \"mine\""
    _ = try ReplayJob(on: [Fixture.setting(trace)], policies: [policy], threads: 1)
      .runOnAll(trace.source(), observer: StepObserver(byLayer: byLayer) { steps.append($0) })
    return steps
  }

  /// The cells of a line of CSV; quotes within quotes are doubled.
  private static func cells(_ line: Substring) -> [String] {
    var cells = [""]
    var isQuoted = false
    for character in line.replacing("\"\"", with: "\u{1}") {
      if character == "\"" {
        isQuoted.toggle()
      } else if character == ",", !isQuoted {
        cells.append("")
      } else {
        cells[cells.count - 1].append(character == "\u{1}" ? "\"" : character)
      }
    }
    return cells
  }

  @Test(arguments: [false, true]) func `every figure that steps have is a column with its unit`(byLayer: Bool) throws {
    let figures = byLayer ? Figure.ofLayers : Figure.ofSteps
    let columns = try StepTable("steps.csv", byLayer: byLayer).columns
    #expect(Array(columns.suffix(figures.count)) == figures.map { "\($0.path) [\($0.unit.ofData)]" })
    #expect(columns.contains("time.total [us]") && columns.contains("improvement.total [fraction]"))
    #expect(columns.contains("rebalances.movedBytes [bytes]") == !byLayer)
    for path in [
      "commPerStep.mean", "memory.slotsPerRank", "improvement.totalLow", "steady.total", "prediction.errorMean",
    ] {
      #expect(!figures.contains { $0.path == path } && Figure.all.contains { $0.path == path })
    }
    #expect(Set(columns).count == columns.count)
  }

  @Test(arguments: [false, true]) func `CSV and JSON Lines hold the same`(byLayer: Bool) throws {
    let steps = try Self.steps(byLayer: byLayer)
    let table = try StepTable("a/steps.csv", byLayer: byLayer)
    let lines = try StepTable("steps.jsonl", byLayer: byLayer)
    #expect(lines.head.isEmpty && Self.cells(table.head.dropLast()) == table.columns)
    let figures = byLayer ? Figure.ofLayers : Figure.ofSteps
    for step in steps {
      let (csv, json) = (try table.row(step), try lines.row(step))
      #expect(csv.hasSuffix("\n") && csv.count { $0 == "\n" } == 1 && json.count { $0 == "\n" } == 1)
      let cells = Dictionary(uniqueKeysWithValues: zip(table.columns, Self.cells(csv.dropLast())))
      let object = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
      #expect(object["policy"] as? String == step.policy.name)
      #expect(cells["step"] == "\(step.step)" && object["step"] as? Int == step.step)
      #expect(cells["phase"] == "decode" && object["phase"] as? String == "decode")
      #expect(cells["layer"] == step.layer.map(String.init) && object["layer"] as? Int == step.layer)
      for figure in figures {
        let column = "\(figure.path) [\(figure.unit.ofData)]"
        // As text, since JSONSerialization is off by a bit.
        let cell = try #require(cells[column])
        #expect(json.contains("\"\(column)\":\(cell)") == !cell.isEmpty && (object[column] == nil) == cell.isEmpty)
        #expect(Double(cell) == figure.value(step.policy), "\(column)")
      }
    }
    // A spreadsheet takes no name for a formula.
    #expect(Set(steps.map(\.policy.name)) == ["static", "=eplb, \"mine\""])
    #expect(try table.row(#require(steps.last)).contains("\"'=eplb, \"\"mine\"\"\""))
  }

  @Test(arguments: ["steps", "steps.txt", "-", "steps.csv.gz", "csv"])
  func `any other name is refused`(path: String) {
    #expect { try StepTable(path) } throws: {
      ($0 as? InputError)?.status == .usage && "\($0)".contains(".csv or .jsonl")
    }
  }
}
