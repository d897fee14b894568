import Charts
import Foundation
import Testing

/// A ring is on each spoke as far out as the part says.
@Suite struct RadarTests {
  private static let radar = Radar(["up", "right", "left"])

  private static func points(_ parts: [Double]) throws -> [(x: Double, y: Double)] {
    let text = radar.ring(Plot.Series(colour: 0, name: "one"), parts, title: "one").text
    let path = try #require(text.firstMatch(of: #/ d="M([^"]*)Z"/#)?.1)
    return path.split(separator: "L").map { place in
      let numbers = place.split(separator: " ").compactMap { Double($0) }
      return (numbers[0], numbers[1])
    }
  }

  @Test func `a part of the best is that part of the way to the edge`() throws {
    let centre = try Self.points([0, 0, 0])
    #expect(Set(centre.map(\.x)).count == 1 && Set(centre.map(\.y)).count == 1)
    let (edge, found) = (try Self.points([1, 1, 1]), try Self.points([1, 0.5, 0.25]))
    for (spoke, part) in [1, 0.5, 0.25].enumerated() {
      #expect(abs(found[spoke].x - centre[0].x - part * (edge[spoke].x - centre[0].x)) < 0.11)
      #expect(abs(found[spoke].y - centre[0].y - part * (edge[spoke].y - centre[0].y)) < 0.11)
    }
    #expect(edge[0].y < centre[0].y && abs(edge[0].x - centre[0].x) < 0.11)
    #expect(edge[1].x > centre[0].x && edge[2].x < centre[0].x)
  }

  @Test(arguments: 3...8) func `spokes, titles and the edge are within the picture`(count: Int) throws {
    let spokes = (0..<count).map { "spoke \($0)" }
    let svg = Radar(spokes, width: 600, height: 300).svg(label: "Spokes", .init()).text
    let edge = try #require(svg.firstMatch(of: #/class="axis" d="M([^"]*)Z"/#)?.1)
    let heights = edge.split(separator: "L").compactMap { Double($0.split(separator: " ")[1]) }
    #expect(heights.count == count && heights.allSatisfy { 20...280 ~= $0 })
    for spoke in spokes { #expect(svg.contains(">\(spoke)</text>")) }
    let titles = svg.matches(of: #/<text[^>]* y="([\d.]+)"/#).compactMap { Double($0.1) }
    #expect(titles.count == count && titles.allSatisfy { 12...296 ~= $0 })
  }
}
