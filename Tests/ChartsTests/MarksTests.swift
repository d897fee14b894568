import Charts
import Testing

/// What stands for data is where the data says.
@Suite struct MarksTests {
  private static let plot = Plot(
    x: Axis("x", .count, [0, 10], fromZero: true), y: Axis("y", .count, [0, 10], fromZero: true))
  private static let series = Plot.Series(colour: 0, name: "one")

  private static func path(_ points: [(x: Double, y: Double)]) throws -> String {
    let line = plot.line(series, points, .count).text
    return String(try #require(line.firstMatch(of: #/ d="([^"]*)"/#)?.1))
  }

  @Test func `a line breaks where a value is missing, and a point alone can be seen`() throws {
    let whole = try Self.path([(0, 0), (5, 5), (10, 10)])
    #expect(whole.count { $0 == "M" } == 1 && whole.count { $0 == "L" } == 2 && !whole.contains("h"))
    let broken = try Self.path([(0, 0), (5, 5), (6, .nan), (10, 10)])
    #expect(broken.count { $0 == "M" } == 2 && broken.hasSuffix("m-8 0h16"))
    #expect(try Self.path([(.nan, 1)]).isEmpty)
  }

  @Test func `hatching stays within its bar`() throws {
    let (left, right) = (Self.plot.x(2), Self.plot.x(3))
    let text = Self.plot.hatch(from: 2, to: 3, top: 40, height: 18).text
    let points = text.matches(of: #/[ML]([\d.]+) ([\d.]+)/#).compactMap { match in
      Double(match.1).flatMap { x in Double(match.2).map { (x, $0) } }
    }
    #expect(points.count > 6)
    #expect(points.allSatisfy { $0.0 >= left - 0.1 && $0.0 <= right + 0.1 && $0.1 >= 40 - 0.1 && $0.1 <= 58.1 })
    #expect(Self.plot.hatch(from: 2, to: 2, top: 40, height: 18).text.contains("d=\"\""))
  }

  @Test func `rows have their names, values and marks at the same height`() throws {
    let rows = RowPlot([.init("above", isHeading: true), .init("one", value: "+1 %", policy: 2)], x: Self.plot.x)
    let svg = rows.svg(label: "Rows") { row in
      row == 1 ? rows.plot.dot(Self.series, at: (5, rows.middle(of: 1)), title: "five") : Markup()
    }.text
    let group = svg.components(separatedBy: "<g")[2]
    let heights = group.matches(of: #/ y="([\d.]+)"/#).compactMap { Double($0.1) }
    let dot = try #require(group.firstMatch(of: #/ d="M[\d.]+ ([\d.]+)m/#).flatMap { Double($0.1) })
    #expect(group.contains("data-policy=\"2\"") && heights.count == 2 && heights[0] == heights[1])
    #expect(abs(heights[0] - 4 - dot) < 0.2)
  }

  @Test func `labels at the ends of an axis stay within the picture`() {
    let scale = Scale(.linear, 0...1)
    let wide = Axis(
      title: "", scale: scale, ticks: [.init(value: 0, label: "0.0000"), .init(value: 1, label: "10000000")])
    let svg = Plot(x: wide, y: Self.plot.y, left: 8).svg(label: "", Markup()).text
    #expect(svg.contains("text-anchor=\"start\">0.0000<") && svg.contains("text-anchor=\"end\">10000000<"))
  }
}
