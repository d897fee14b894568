import Reporting
import Testing

@Suite struct TextTableTests {
  static let table = TextTable(
    style: .ruled, columns: [.left("Policy"), .right("Communication"), .right("Total"), .left("Bound by")],
    rows: [
      ["static", "7.72 s", "7.80 s", "memory 40, communication 18"],
      ["eplb:window=16,steps=16,redundantSlotsPerRank=2 *", "6.91 s", "7.01 s", "communication 58"],
    ])

  @Test("No width cuts anything off, and lines fit from 40 characters on", arguments: 16...140)
  func fits(width: Int) {
    for style in [TextTable.Style.ruled, .plain] {
      let table = TextTable(
        style: style, columns: [.left("Policy"), .right("Total"), .left("Bound by")],
        rows: [["eplb:window=16,steps=16 *", "7.01 s", "memory 40, communication 18"]])
      let lines = table.lines(width: width)
      if width >= 40 { #expect(lines.allSatisfy { $0.count <= width }, "\(lines)") }
      let letters = lines.joined().filter { $0.isLetter || $0.isNumber }
      for cell in ["eplb", "window", "16", "steps", "7", "01", "memory", "40", "18"] {
        #expect(letters.contains(cell), "\(cell) at \(width)")
      }
    }
  }

  @Test("With room, columns are as wide as their widest cell")
  func natural() {
    #expect(
      Self.table.lines(width: nil) == [
        "| Policy                                            | Communication |  Total | Bound by                    |",
        "|:--------------------------------------------------|--------------:|-------:|:----------------------------|",
        "| static                                            |        7.72 s | 7.80 s | memory 40, communication 18 |",
        "| eplb:window=16,steps=16,redundantSlotsPerRank=2 * |        6.91 s | 7.01 s | communication 58            |",
      ])
    #expect(Self.table.lines(width: 109) == Self.table.lines(width: nil))
  }

  @Test("Without, columns go below beside the first one again, and what is too wide even so goes on in the next line")
  func bands() {
    #expect(
      Self.table.lines(width: 48) == [
        "| Policy                       | Communication |", "|:-----------------------------|--------------:|",
        "| static                       |        7.72 s |", "| eplb:window=16,steps=16,     |        6.91 s |",
        "| redundantSlotsPerRank=2 *    |               |", "",
        "| Policy                              |  Total |", "|:------------------------------------|-------:|",
        "| static                              | 7.80 s |", "| eplb:window=16,steps=16,            | 7.01 s |",
        "| redundantSlotsPerRank=2 *           |        |", "",
        "| Policy               | Bound by              |", "|:---------------------|:----------------------|",
        "| static               | memory 40,            |", "|                      | communication 18      |",
        "| eplb:window=16,      | communication 58      |", "| steps=16,            |                       |",
        "| redundantSlotsPerRan |                       |", "| k=2 *                |                       |",
      ])
  }

  @Test(
    "Text is broken at spaces, else after a comma or colon, else anywhere; a percent sign stays with its number",
    arguments: [
      ("one two three", 7, ["one two", "three"]), ("eplb:window=16", 8, ["eplb:", "window=1", "6"]),
      ("mean 12 % of it", 8, ["mean", "12 % of", "it"]), ("abcdef", 3, ["abc", "def"]), ("", 5, [""]),
    ])
  func folds(text: String, width: Int, lines: [String]) { #expect(text.folded(to: width) == lines) }
}
