import Diagnostics
import Foundation
import Testing

/// Anchors and aliases are refused before a parser unfolds them.
@Suite struct YAMLReferencesTests {
  static let bomb = """
    name: z
    a: &a [x,x,x,x,x,x,x,x,x,x]
    b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]
    """

  @Test(arguments: [
    (bomb, 2), ("a: 1\nb: *c", 2), ("- *a", 1), ("? *a\n: 1", 1), ("*a : 1", 1), ("{a: 1, b: *x}", 1), ("[*x]", 1),
    ("a: !t &x 1", 1), ("--- &x\na: 1", 1), ("\u{FEFF}--- *x", 1), ("# c\n--- &x\na: 1", 2),
    ("a: |\n  text\nb: &x 1", 3), ("- k: |\n  x: *a", 2),
    ("a: \"x\"\nb: &c 1", 2), ("a: 'it''s' \nb: *c", 2), ("a: b\u{85}c: *d", 2), ("a: b\rc: *d", 2), ("{\"a\":*x}", 1),
    ("a: # c\n  &x 1", 2), ("a:\n- &x b", 2), ("a: [b,\n *c]", 2), ("a: \"x |\"\n  \nb: *c", 3), ("...\n--- *a", 2),
  ])
  func areRefusedWithTheirLine(text: String, line: Int) {
    let error = #expect(throws: InputError.self) { try Settings(parsing: text, name: "f.yaml") }
    #expect(error?.message.contains("anchors and aliases") == true, "\(String(describing: error))")
    #expect(error?.place.line == line)
    #expect(error?.status == .data)
  }

  @Test(arguments: [
    "a: 2 * 3 & 4", "a: x*y&z", "a: \"*b &c\"", "a: '*b &c'", "a: 1 # *b &c", "# &a *b\na: 1", "a: |\n  *b\n  &c\nb: 1",
    "a: >-\n  some *text*\n\n  and &more\nb: 1", "a&b: 1", "a: [x*, y&]", "a: http://x/?a=1&b=2", "a: b *c",
    "a: \"x\\\" *b\"",
  ])
  func wordsThatHoldTheirSignsAreNone(text: String) {
    let error = Result { try Settings(parsing: text, name: "f.yaml") }
    if case .failure(let error) = error { #expect(!"\(error)".contains("anchors"), "\(text): \(error)") }
  }

  @Test func aPresetHasNone() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    for folder in ["clusters", "models", "policies", "workloads"] {
      let names = try FileManager.default.contentsOfDirectory(atPath: root.appendingPathComponent(folder).path)
      for name in names where name.hasSuffix(".yaml") {
        let path = root.appendingPathComponent("\(folder)/\(name)").path
        _ = try Settings(parsing: String(contentsOfFile: path, encoding: .utf8), name: name)
      }
    }
  }

  @Test(arguments: ["? [a]\n: 1", "a: {[1, 2]: 3}", "a: [{? {b: c} : d}]"])
  func aKeyIsASingleValue(text: String) {
    let error = #expect(throws: InputError.self) { try Settings(parsing: text, name: "f.yaml") }
    #expect(error?.message == "a key that is no single value")
  }

  @Test(.timeLimit(.minutes(1))) func nestingWithoutEndIsRefused() {
    for text in [String(repeating: "[", count: 100_000), String(repeating: "{a: ", count: 100_000)] {
      #expect(throws: InputError.self) { try Settings(parsing: "a: " + text, name: "f.yaml") }
    }
  }
}
