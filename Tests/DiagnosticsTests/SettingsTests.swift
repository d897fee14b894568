import Diagnostics
import Testing

@Suite struct SettingsTests {
  static let text = """
    name: mine
    ranks: 32
    nested:
      rate: 0.5
      on: true
    list: [a, b]
    """

  @Test func valuesAreReadByTheirType() throws {
    let settings = try Settings(parsing: Self.text, name: "f.yaml")
    #expect(try settings.string("name") == "mine")
    #expect(try settings.integer("ranks", in: 1...64) == 32)
    #expect(try settings.strings("list") == ["a", "b"])
    let nested = try settings.section("nested")
    #expect(try nested.number("rate", in: 0...1) == 0.5)
    #expect(try nested.boolean("on"))
    #expect(try nested.optionalInteger("absent", in: 0...1) == nil)
    try settings.rejectUnknownKeys()
    try nested.rejectUnknownKeys()
  }

  @Test func errorsNameFileLineAndPath() throws {
    let settings = try Settings(parsing: Self.text, name: "f.yaml")
    func message(_ body: () throws -> Void) -> String {
      do {
        try body()
        return "no error"
      } catch { return "\(error)" }
    }
    #expect(message { _ = try settings.integer("ranks", in: 1...16) } == "f.yaml: line 2: ranks: 32 is outside 1…16")
    #expect(message { _ = try settings.integer("name", in: 1...16) }.hasPrefix("f.yaml: line 1: name: 'mine'"))
    let nested = try settings.section("nested")
    #expect(message { _ = try nested.number("rate", in: 1...2) }.hasPrefix("f.yaml: line 4: nested.rate: 0.5"))
    #expect(message { _ = try settings.section("lst") } == "f.yaml: line 6: list: unknown key; did you mean 'lst'?")
    #expect(message { _ = try settings.section("gone") } == "f.yaml: line 1: gone: missing")
    #expect(message { _ = try settings.choice("name", of: ["mime", "yours"]) }.contains("did you mean 'mime'?"))
    #expect(message { try settings.rejectUnknownKeys() }.hasPrefix("f.yaml: line 6: list: unknown key"))
  }

  @Test(arguments: [
    "", "- a\n- b", "a: b: c", "a: [1", "a: 1\na: 2", "8: 1\n'8': 2", "a: {on: 1, \"on\": 2}", "\t", "plain",
  ])
  func whatIsNotAMappingIsRefused(text: String) {
    #expect(throws: InputError.self) { try Settings(parsing: text, name: "f.yaml") }
  }

  @Test func `a path is beside the file that names it, and in the working directory where it was typed`() throws {
    let text = "planner: {file: plan.json, other: /plans/plan.json}"
    let written = try Settings(parsing: text, name: "mine/p.yaml").section("planner")
    #expect(try written.path("file") == "mine/plan.json")
    #expect(try written.path("other") == "/plans/plan.json")
    for overrides in ["file=typed.json", "planner.file=typed.json", "planner={file: typed.json}"] {
      let typed = try Settings(parsing: text, name: "mine/p.yaml", overrides: overrides).section("planner")
      #expect(try typed.path("file") == "typed.json")
    }
    #expect(try Settings(parsing: "file: plan.json", name: "p.yaml").path("file") == "plan.json")
  }
}
