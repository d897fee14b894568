import Charts
import Testing

/// Gains as shades and as cells of a table.
@Suite struct GainTests {
  @Test(arguments: [
    (-0.5, 0), (-0.1000001, 0), (-0.1, 1), (-0.02, 1), (-0.01, 2), (0, 2), (0.0099, 2), (0.01, 3), (0.05, 3), (0.1, 4),
    (1, 4),
  ]) func `shades begin where they say`(gain: Double, shade: Int) { #expect(GainScale.shade(gain) == shade) }

  @Test func `cells stand under their columns, in their rows`() throws {
    let cells: [[GainMatrix.Cell?]] = [
      [.init(0.2, text: "+20 %", note: "sure"), nil], [.init(nil, text: "too short"), .init(-0.05, text: "−5 %")],
    ]
    let matrix = GainMatrix(
      "machine", rows: [.init("<a>"), .init("b")], columns: [.init("x", policy: 1), .init("y")], cells: cells)
    let table = matrix.table(label: "Gains").text
    let rows = table.components(separatedBy: "<tr").dropFirst()
    #expect(rows.count == 3 && rows[1].contains("<th scope=\"col\" data-policy=\"1\">x</th>"))
    #expect(rows[2].contains("<th scope=\"row\">&lt;a&gt;</th>"))
    let cell = "<td class=\"shade g4\" data-policy=\"1\" data-gain=\"0.2\">+20 %<small>sure</small></td>"
    #expect(rows[2].contains(cell))
    #expect(rows[2].contains("<td class=\"none\"></td>"))
    #expect(rows[3].contains("<td class=\"none\" data-policy=\"1\">too short</td><td class=\"shade g1\""))
  }
}
