import Charts
import Testing

@Suite struct MarkupTests {
  @Test func `what a name holds cannot end an attribute or begin a tag`() {
    let name = "\"><script>alert('x')</script>&amp;\u{0}\u{1B}[31m\u{202E}"
    let markup = Markup.element("g", ["data-name": name], Markup(name)).text
    #expect(markup.count { $0 == "<" } == 2 && markup.count { $0 == "\"" } == 2 && !markup.contains("<script"))
    #expect(markup.contains("&amp;amp;") && markup.contains("\\u{1B}[31m") && markup.contains("\\u{202E}"))
    #expect(!markup.unicodeScalars.contains { $0.value < 32 })
  }

  @Test func `places are written to a tenth, however far out they are`() {
    #expect(
      [0, 1.25, -0.04, -0.5, 1e300, -1e300].map(Markup.place) == ["0", "1.3", "0", "-0.5", "1000000", "-1000000"])
  }

  @Test func `numbers are written so that they are read as they were`() {
    let values = [0, 1, -2, 0.1, 1.0 / 3, 1e-9, 123_456_789.125, 1e300]
    #expect(Markup.numbers(values).split(separator: " ").compactMap { Double($0) } == values)
  }
}
