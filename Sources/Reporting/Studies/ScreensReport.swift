import Studies

/// Several screenings, such as saved ones: one after the other, and side by side on a page.
public struct ScreensReport: Report {
  let screenings: [Screening]

  /// - Parameter screenings: one or more.
  public init(_ screenings: [Screening]) {
    precondition(!screenings.isEmpty)
    self.screenings = screenings
  }

  public var title: String {
    screenings.count == 1 ? ScreenReport(screenings[0]).title : "\(screenings.count) screenings"
  }

  public var content: ReportContent { screenings.count == 1 ? .object(screenings[0]) : .list(screenings) }

  public var blocks: [ReportBlock] {
    let reports = screenings.map { ScreenReport($0).blocks }
    return Array(reports.dropFirst().reduce(reports[0]) { $0 + [.line()] + $1 })
  }

  /// A row for each strategy, named by what was screened where there are several.
  public var records: Records {
    get throws {
      let isOne = screenings.count == 1
      let rows = screenings.flatMap { screening in
        let title = ScreenReport(screening).title
        return screening.strategies.map { strategy -> (labels: KeyValuePairs<String, String>, value: any Encodable) in
          let policy = strategy.policy
          return (isOne ? ["policy": policy] : ["screening": title, "policy": policy], strategy)
        }
      }
      return try Records(rows)
    }
  }

  public func page() throws -> String { try screenPage(screenings, title: title) }
}
