import Containers
import Diagnostics
import Files
import Testing

@Suite struct CSVReaderTests {
  static func rows(_ text: String) throws -> [(line: Int, cells: [String])] {
    let reader = CSVReader(text: text, name: "t.csv")
    var rows: [(line: Int, cells: [String])] = []
    while let row = try reader.next() {
      #expect(row.count == row.cells.count)
      rows.append((row.line, row.cells))
    }
    return rows
  }

  @Test("Rows keep the numbers of their lines, blank ones passed over, whatever the line's end")
  func lines() throws {
    let rows = try Self.rows("a,b\r\n\n \t\n1,2\n\r\nlast, one")
    #expect(rows.map(\.line) == [1, 4, 6])
    #expect(rows.map(\.cells) == [["a", "b"], ["1", "2"], ["last", "one"]])
  }

  @Test(
    "Cells are what stands between commas, without the blanks around it",
    arguments: [
      ("a", ["a"]), (",", ["", ""]), ("a,", ["a", ""]), (" 1 ,\t2 3\t,4 ", ["1", "2 3", "4"]),
      ("\"a,b\"", ["\"a", "b\""]), ("ε, →", ["ε", "→"]), ("# note, too", ["# note", "too"]),
    ])
  func cells(text: String, cells: [String]) throws { #expect(try Self.rows(text).map(\.cells) == [cells]) }

  @Test("A row's text is its line, blanks and all")
  func text() throws {
    #expect(try CSVReader(text: "# a , b \r\n", name: "t.csv").next()?.text == "# a , b ")
    #expect(try CSVReader(text: "", name: "t.csv").next() == nil)
  }

  @Test("A line beyond the limit is refused by its number before it is read whole")
  func limit() {
    let text = "1,2\n" + String(repeating: "9,", count: 100_000)
    let reader = CSVReader(TextInput(text, name: "t.csv"), limit: 100)
    #expect(throws: Never.self) { try reader.next() }
    let error = #expect(throws: InputError.self) { try reader.next() }
    #expect(error?.description == "t.csv: line 2: longer than 100 bytes")
  }
}
