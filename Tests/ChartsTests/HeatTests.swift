import Charts
import Testing

@Suite struct HeatTests {
  @Test func `every cell is in one run of its own shade`() throws {
    let (columns, rows) = (7, 5)
    func shade(_ row: Int, _ column: Int) -> Int { (row * 3 + column * column) % 4 }
    let marks = HeatMarks(columns: columns, rows: rows, shade: shade)
    var found = Array(repeating: -1, count: columns * rows)
    for kind in 0..<4 {
      for run in marks.path(of: kind).split(separator: "M") {
        let parts = run.split { $0 == " " || $0 == "h" }.compactMap { Int($0) }
        try #require(parts.count == 3)
        for column in parts[0]..<parts[0] + parts[2] {
          #expect(found[parts[1] * columns + column] == -1)
          found[parts[1] * columns + column] = kind
        }
      }
    }
    #expect(found == (0..<rows).flatMap { row in (0..<columns).map { shade(row, $0) } })
  }

  @Test(arguments: [1, 2, 3, 8]) func `numbers in cells are read as they were written`(digits: Int) {
    let largest = (0..<digits).reduce(1) { product, _ in product * 90 } - 1
    let values = [0, 1, 89, min(90, largest), largest / 2, largest]
    #expect(CellCode.digits(for: largest) == digits && CellCode.digits(for: largest + 1) == digits + 1)
    let text = CellCode.text(values, digits: digits)
    #expect(CellCode.values(text, digits: digits) == values && text.utf8.count == digits * values.count)
    #expect(Markup.escaped(text) == text)
  }

  @Test func `shades begin at their thresholds`() {
    #expect([0, 0.49, 0.5, 0.8, 1, 1.25, 1.99, 2, 9].map(HeatScale.shade) == [0, 0, 1, 2, 2, 3, 3, 4, 4])
    #expect(HeatScale.shades.count == HeatScale.thresholds.count + 1)
  }
}
