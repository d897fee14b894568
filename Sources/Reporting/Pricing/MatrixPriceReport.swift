import Foundation
import PerformanceModel

/// What `comm` prints: the price of one bytes matrix.
public struct MatrixPriceReport: Report {
  /// Microseconds. Round times leave the base delay out.
  private struct Content: Encodable, Sendable {
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

  public var title: String { "A bytes matrix on \(clusterName)" }

  public var content: ReportContent { .object(values) }

  private var values: Content {
    Content(
      allToAll: price.allToAll, time: price.time, rounds: price.schedule?.rounds,
      roundTimes: price.schedule?.roundTimes(), bound: price.bound,
      bottleneck: price.bottleneck, links: price.links.isEmpty ? nil : price.links)
  }

  /// One row.
  public var records: Records {
    get throws { try Records([(["allToAll": price.allToAll], values)]) }
  }

  public var blocks: [ReportBlock] {
    var rows = [
      ["cluster", "\(clusterName), \(price.ranks) ranks"], ["all-to-all", price.allToAll],
      ["time", Self.duration(price.time)], ["bound", Self.duration(price.bound)],
    ]
    if price.bound > 0 { rows.append(["time / bound", Readable.number(price.time / price.bound, decimals: 2)]) }
    if let schedule = price.schedule { rows.append(["rounds", "\(schedule.rounds)"]) }
    for (index, use) in price.links.prefix(Self.linksShown).enumerated() where use.utilisation > 0 {
      rows.append([index == 0 ? "busiest links" : "", "\(use.link), \(Readable.percent(use.utilisation)) used"])
    }
    return [.table(TextTable(columns: [.left(""), .left("")], rows: rows))]
  }

  private static func duration(_ microseconds: Double) -> String {
    microseconds < 1e4 ? String(format: "%.2f us", microseconds) : String(format: "%.3f ms", microseconds / 1e3)
  }
}
