import Diagnostics
import Foundation
import Replay
import Reporting
import Testing

/// What `report` reads is what `replay` printed, or one line says what is wrong.
@Suite struct SavedResultTests {
  private static func json(_ change: (inout ReplayResult) -> Void) throws -> String {
    var result = try ReplayPageTests.result.get()
    change(&result)
    return try ReplayReport(result).text(as: .json)
  }

  @Test func `one result and a list of them are read as they were`() throws {
    let result = try ReplayPageTests.result.get()
    #expect(try ReplayResult.saved(in: ReplayReport(result).text(as: .json), name: "a") == [result])
    let several = try ReplayReport([result, result]).text(as: .json)
    #expect(try ReplayResult.saved(in: several, name: "a") == [result, result])
  }

  @Test(arguments: [
    ("", "not JSON"), ("{", "not JSON"), ("[]", "an empty list"), ("{}", "no key 'trace'"), ("3", "no "),
    ("[{\"trace\": 3}]", "at [0].trace"),
  ]) func `what is no result is told from one`(text: String, mistake: String) {
    let error = #expect(throws: InputError.self) { try ReplayResult.saved(in: text, name: "a.json") }
    #expect(
      error?.description.contains("a.json") == true && error?.description.contains(mistake) == true,
      "\(String(describing: error))")
    #expect(error?.status == .data)
  }

  private static let mistakes: [(String, @Sendable (inout ReplayResult) -> Void)] = [
    ("no policies", { $0.policies = [] }),
    ("ranks", { $0.cluster.ranks = 0 }),
    ("ranks", { $0.cluster.ranksPerNode = 3 }),
    ("perLayer", { $0.policies[0].perLayer?[0].rankTokens.removeLast() }),
    ("perLayer", { $0.policies[0].perLayer?[0].rankTokens[0] = -1 }),
    ("details", { $0.details = nil }),
    ("details", { $0.details?.stepsPerBin = 0 }),
    ("details", { $0.details?.popularity[0].removeLast() }),
    ("details", { $0.details?.stepsShown.reverse() }),
    ("no details", { $0.policies[1].details = nil }),
    ("details.steps", { $0.policies[1].details?.steps.total.removeLast() }),
    ("details.stepTotals", { $0.policies[1].details?.stepTotals = [] }),
    ("details.sortedRankLoads", { $0.policies[1].details?.sortedRankLoads = [] }),
    ("details.dispatchBytes", { $0.policies[1].details?.dispatchBytes[1] = [] }),
    ("details.layers", { $0.policies[1].details?.layers.removeLast() }),
    ("details.layers", { $0.policies[1].details?.layers[0].tokens[0] = [] }),
    ("details.layers", { $0.policies[1].details?.layers[0].tokens[0][0] = -5 }),
    ("details.layers", { $0.policies[1].details?.layers[0].placementAfter.removeLast() }),
    ("details.layers", { $0.policies[1].details?.layers[0].placementBefore[0] = -1 }),
  ]

  @Test(arguments: mistakes.indices) func `a result that does not fit itself is refused`(index: Int) throws {
    let (mistake, change) = Self.mistakes[index]
    let text = try Self.json(change)
    let error = #expect(throws: InputError.self) { try ReplayResult.saved(in: text, name: "a.json") }
    #expect(error?.description.contains(mistake) == true, "\(String(describing: error))")
  }
}
