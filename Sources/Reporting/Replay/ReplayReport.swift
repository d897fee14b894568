import Replay

/// What `replay` prints: time before and after, and every figure beside it, on one machine or several.
public struct ReplayReport: Report {
  /// One for each machine, or each saved result.
  let results: [ReplayResult]
  private let hasLayerRecords: Bool
  let isWide: Bool
  let isExplained: Bool

  /// - Parameters:
  ///   - layerRecords: whether `records` are of each layer of each policy, if the result tells layers.
  ///   - isWide: whether all columns are shown, however narrow the window, with tables of their own of what the time is
  ///     made of, and between which bounds it lies.
  ///   - isExplained: whether every column's meaning is told.
  public init(_ result: ReplayResult, layerRecords: Bool = false, isWide: Bool = false, isExplained: Bool = false) {
    self.init([result], layerRecords: layerRecords, isWide: isWide, isExplained: isExplained)
  }

  /// Several machines side by side.
  ///
  /// - Parameter results: one or more; of the same trace, model and policies, but for a page.
  public init(_ results: [ReplayResult], layerRecords: Bool = false, isWide: Bool = false, isExplained: Bool = false) {
    precondition(!results.isEmpty)
    self.results = results
    hasLayerRecords = layerRecords
    self.isWide = isWide
    self.isExplained = isExplained
  }

  var areSeveral: Bool { results.count > 1 }

  /// Whether they are of several traces.
  var areTraces: Bool { results.contains { $0.trace != results[0].trace } }

  /// What tells a result from the others.
  func heading(of result: ReplayResult) -> String {
    areTraces ? "\(result.trace.name) on \(result.machine)" : result.machine
  }

  public var title: String {
    guard !areTraces else { return "\(results.count) replays" }
    return "\(results[0].trace.name) on \(areSeveral ? "\(results.count) machines" : results[0].cluster.name)"
  }

  public var content: ReportContent { areSeveral ? .list(results) : .object(results[0]) }

  public var blocks: [ReportBlock] {
    let table: ReportBlock = isWide ? .table(answer) : .essentials(answer, rest: "--wide")
    let tables = [.line(), table] + bounds + serving + changes + costRanking + layers
    return heading + [.line()] + verdicts + notes + tables + [.line()] + legend
  }

  /// A row for each policy, or for each of its layers, on each machine; the columns are the paths of the JSON object's
  /// keys, such as `time.dispatch`, after those that name the row.
  public var records: Records {
    get throws { hasLayerRecords ? try layerRecords : policyRecords }
  }

  public func page() throws -> String { try replayPage(self) }
}

extension ReplayResult {
  /// `h100-ib, 16 ranks`.
  var machine: String { "\(cluster.name), \(Readable.count(cluster.ranks, "rank"))" }
}
