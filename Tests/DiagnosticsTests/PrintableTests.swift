import Diagnostics
import Testing

@Suite struct PrintableTests {
  @Test(arguments: [
    ("plain", "plain"), ("née 模型 😀 ✓", "née 模型 😀 ✓"), ("\u{1B}[31mred\u{07}", "\\u{1B}[31mred\\u{7}"),
    ("a\nb\r\tc", "a\\u{A}b\\u{D}\\u{9}c"), ("\u{9B}2J", "\\u{9B}2J"), ("\u{202E}txt.exe", "\\u{202E}txt.exe"),
    ("\u{2066}\u{200F}\u{2028}", "\\u{2066}\\u{200F}\\u{2028}"), ("", ""),
  ])
  func whatWouldActOnATerminalIsWrittenOut(text: String, shown: String) { #expect(printable(text) == shown) }

  @Test(arguments: [
    "plain", "x: y", "*a", "&a", "@", "- a", "# c", "a # c", "x\nseed: 99", "", " a ", "~", "null", "'", "\"", "{a",
    "%", "|",
    "née 模型", "\u{1B}[31m", "\u{0}", "a: ", "\u{85}b: 3", "\u{2028}c: 1", "? a", "\\", "12", "😀",
    String(repeating: "long name ", count: 30),
  ])
  func aYAMLLineReadsBackAsItsText(text: String) throws {
    let line = yamlLine("name", text)
    #expect(!line.contains { $0.isNewline })
    let settings = try Settings(parsing: line + "\nranks: 2\n", name: "f.yaml")
    #expect(try settings.string("name") == text)
    #expect(settings.keys == ["name", "ranks"])
  }

  @Test func aPlainNameStaysPlain() {
    #expect(yamlLine("name", "deepseek-v3") == "name: deepseek-v3")
    #expect(yamlLine("fittedTo", "GLM-5.2 by domain (x/y, MIT)") == "fittedTo: GLM-5.2 by domain (x/y, MIT)")
  }
}
