import Diagnostics
import Testing

@Suite struct SettingLayersTests {
  private static func settings(_ text: String, _ name: String, overrides: String? = nil) throws -> Settings {
    try Settings(parsing: text, name: name, overrides: overrides)
  }

  @Test("A value is the first file's that has it, section by section")
  func order() throws {
    let top = try Self.settings("a: 1\ns: {x: 10}\n", "top.yaml")
    let low = try Self.settings("a: 2\nb: 3\ns: {x: 20, y: 21}\n", "low.yaml")
    let both = top.over([low])
    #expect(try both.integer("a", in: 0...9) == 1)
    #expect(try both.integer("b", in: 0...9) == 3)
    #expect(both.keys == ["a", "s", "b"])
    let section = try both.section("s")
    #expect(try section.integer("x", in: 0...99) == 10)
    #expect(try section.integer("y", in: 0...99) == 21)
    try section.rejectUnknownKeys()
    try both.rejectUnknownKeys()
  }

  @Test("A value that is no section hides the sections below it")
  func hidden() throws {
    let both = try Self.settings("s: none\n", "top.yaml").over([Self.settings("s: {x: 1}\n", "low.yaml")])
    #expect(!both.isSection("s"))
    #expect(try both.string("s") == "none")
  }

  @Test("Errors name the file and line of the value")
  func errors() throws {
    let both = try Self.settings("a: 1\n", "top.yaml").over([Self.settings("b: 3\ns:\n  y: many\n  z: 1\n", "low.yaml")]
    )
    let section = try both.section("s")
    let wrong = #expect(throws: InputError.self) { try section.integer("y", in: 0...9) }
    #expect(wrong?.description.contains("low.yaml: line 3: s.y: 'many' is not a whole number") == true)
    let unknown = #expect(throws: InputError.self) { try section.rejectUnknownKeys() }
    #expect(unknown?.description.contains("low.yaml: line 4: s.z: unknown key") == true)
  }

  @Test("What is typed goes before every file, new keys too")
  func typed() throws {
    let top = try Self.settings("a: 1\n", "top.yaml", overrides: "y=5,a=7")
    let both = top.over([try Self.settings("s: {y: 2}\n", "low.yaml")])
    #expect(try both.integer("a", in: 0...9) == 7)
    #expect(try both.section("s").integer("y", in: 0...9) == 5)
    try both.rejectUnknownKeys()
  }

  @Test("Parts are nested, raised and cut")
  func shapes() throws {
    let file = try Self.settings("a: 1\nb: 2\ns: {x: 1, y: 2}\n", "f.yaml")
    #expect(file.without(["a"]).keys == ["b", "s"])
    #expect(try file.without("x", in: "s").section("s").keys == ["y"])
    #expect(try file.nested(under: "outer").section("outer").section("s").path == "outer.s")
    #expect(try file.section("s").raised().path.isEmpty)
  }
}
