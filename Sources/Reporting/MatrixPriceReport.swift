import Foundation
import PerformanceModel

/// The price of one bytes matrix, for people and for programs.
public struct MatrixPriceReport: Sendable {
  /// The JSON object; microseconds. Round times leave the base delay out.
  private struct Content: Encodable {
    let allToAll: String
    let time: Double
    let rounds: Int?
    let roundTimes: [Double]?
    let bound: Double
    let bottleneck: MatrixPrice.LinkUse?
    let links: [MatrixPrice.LinkUse]?
  }

  /// Links that the table names; the JSON has all.
  private static let linksShown = 10

  private let price: MatrixPrice
  private let clusterName: String

  public init(_ price: MatrixPrice, clusterName: String) {
    self.price = price
    self.clusterName = clusterName
  }

  public func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let content = Content(
      allToAll: price.allToAll, time: price.time, rounds: price.schedule?.rounds,
      roundTimes: price.schedule?.roundTimes(), bound: price.bound,
      bottleneck: price.bottleneck, links: price.links.isEmpty ? nil : price.links)
    return String(decoding: try encoder.encode(content), as: UTF8.self) + "\n"
  }

  public func table() -> String {
    var lines = [
      ("cluster", "\(clusterName), \(price.ranks) ranks"),
      ("all-to-all", price.allToAll),
      ("time", Self.duration(price.time)),
      ("bound", Self.duration(price.bound)),
    ]
    if price.bound > 0 { lines.append(("time / bound", String(format: "%.2f", price.time / price.bound))) }
    if let schedule = price.schedule { lines.append(("rounds", "\(schedule.rounds)")) }
    for (index, use) in price.links.prefix(Self.linksShown).enumerated() where use.utilisation > 0 {
      lines.append(
        (index == 0 ? "busiest links" : "", "\(use.link), \(String(format: "%.1f", use.utilisation * 100)) % used"))
    }
    return lines.map { $0.0.padding(toLength: 14, withPad: " ", startingAt: 0) + $0.1 + "\n" }.joined()
  }

  private static func duration(_ microseconds: Double) -> String {
    microseconds < 1e4 ? String(format: "%.2f us", microseconds) : String(format: "%.3f ms", microseconds / 1e3)
  }
}
