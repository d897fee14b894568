import Charts
import Foundation
import Testing

/// Names above a plot keep apart from each other, and from what is between them and the plot.
@Suite struct FlagsTests {
  private struct Name {
    let text: String
    let x: Double
    let y: Double
  }

  private func plot(headroom: Double = 0) -> Plot {
    Plot(
      x: Axis(positions: "step", count: 100), y: Axis("time", .time, [1, 2], fromZero: false), height: 280 + headroom,
      headroom: headroom)
  }

  /// What is written above a plot, and what of its height is for other marks.
  private func names(_ places: [(Double, String)], above: Double = 18) throws -> (names: [Name], plot: Plot) {
    let flags = Flags(places.map { (place: $0.0, name: $0.1) }, of: plot())
    let plot = plot(headroom: above + flags.height)
    let text = flags.marks(on: plot, above: above).text
    let found = text.matches(of: #/<text[^>]* x="([\d.]+)" y="([\d.]+)"[^>]*>([^<]*)</#)
    return (
      try found.map { Name(text: String($0.3), x: try #require(Double($0.1)), y: try #require(Double($0.2))) }, plot
    )
  }

  @Test func `far from each other they stand in one row, over their places`() throws {
    let (found, plot) = try names([(10, "rank 3 fails"), (60, "rank 3 joins")])
    #expect(found.count == 2 && Set(found.map(\.y)).count == 1)
    for name in found { #expect(name.y <= plot.top - 18 && name.y > 10) }
    let first = try #require(found.first { $0.text == "rank 3 fails" })
    #expect(abs(first.x - plot.x(10)) < 4)
  }

  @Test(arguments: [[10.0, 11, 12], [50, 50.5, 51, 90], [97, 98, 99], [0, 99], [20, 30, 40, 45, 99]])
  func `close to each other they stand in rows`(places: [Double]) throws {
    let (found, plot) = try names(places.map { ($0, "ranks 8-15 leave") })
    #expect(found.count == places.count)
    for (index, one) in found.enumerated() {
      // As wide as letters of the picture's font are at most.
      let end = one.x + 8 * Double(one.text.count)
      #expect(one.x >= 0 && end <= plot.width && one.y <= plot.top - 18 && one.y > 10)
      for other in found[(index + 1)...] where other.y == one.y {
        #expect(end <= other.x || other.x + 8 * Double(other.text.count) <= one.x)
      }
    }
  }

  @Test func `beyond six rows a place has its line alone, and none takes no room`() throws {
    #expect(try names((0..<9).map { (50 + Double($0) / 10, "rank \($0) leaves") }).names.count == 6)
    #expect(Flags([], of: plot()).height == 0)
  }
}
