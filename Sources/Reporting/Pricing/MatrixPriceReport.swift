import Foundation
import PerformanceModel

/// What `comm` prints: the price of one bytes matrix.
public struct MatrixPriceReport: Report {
  /// Microseconds and bytes. Round times leave the base delay out; the one round time of even load has it.
  private struct Content: Encodable, Sendable {
    let allToAll: String
    let time: Double
    let rounds: Double?
    let roundTimes: [Double]?
    let roundTime: Double?
    let loadPerNode: Double?
    let bound: Double
    let bottleneck: MatrixPrice.LinkUse?
    let links: [MatrixPrice.LinkUse]?
    let traffic: Traffic?
    let notes: [String]?
  }

  private struct Traffic: Encodable, Sendable {
    let routingEntries: Int
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
      allToAll: price.allToAll, time: price.time, rounds: rounds,
      roundTimes: price.schedule?.roundTimes(), roundTime: price.evenLoad?.roundTime,
      loadPerNode: price.evenLoad?.bytesPerNode, bound: price.bound,
      bottleneck: price.bottleneck, links: price.links.isEmpty ? nil : price.links,
      traffic: price.routingEntries.map(Traffic.init), notes: price.notes.isEmpty ? nil : price.notes)
  }

  private var rounds: Double? { price.schedule.map { Double($0.rounds) } ?? price.evenLoad?.rounds }

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
    if let load = price.evenLoad {
      rows.append(["load per node", "\(Readable.count(whole: load.bytesPerNode)) B"])
      rows.append(["round time", Self.duration(load.roundTime)])
    }
    if let rounds { rows.append(["rounds", Readable.upTo(rounds, decimals: 2)]) }
    if let entries = price.routingEntries { rows.append(["routing entries", "\(entries) in the busiest core"]) }
    for (index, use) in price.links.prefix(Self.linksShown).enumerated() where use.utilisation > 0 {
      rows.append([index == 0 ? "busiest links" : "", "\(use.link), \(Readable.percent(use.utilisation)) used"])
    }
    return [.table(TextTable(columns: [.left(""), .left("")], rows: rows))]
      + price.notes.flatMap { [.line(), .paragraph("Note: \($0)")] }
  }

  private static func duration(_ microseconds: Double) -> String {
    microseconds < 1e4 ? String(format: "%.2f us", microseconds) : String(format: "%.3f ms", microseconds / 1e3)
  }
}
