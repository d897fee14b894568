import Replay

/// What `replay` prints: communication time before and after, and every figure beside it.
public struct ReplayReport: Report {
  let result: ReplayResult
  private let hasLayerRecords: Bool
  let isWide: Bool

  /// - Parameters:
  ///   - layerRecords: whether `records` are of each layer of each policy, if the result tells layers.
  ///   - isWide: whether a table of its own says what the time is made of, and between which bounds it lies.
  public init(_ result: ReplayResult, layerRecords: Bool = false, isWide: Bool = false) {
    self.result = result
    hasLayerRecords = layerRecords
    self.isWide = isWide
  }

  public var title: String { "\(result.trace.name) on \(result.cluster.name)" }

  public var content: ReportContent { .object(result) }

  public var blocks: [ReportBlock] {
    let predictions = predictions.map { [.paragraph($0)] } ?? [ReportBlock]()
    return heading + [.line(), .paragraph(ReplayVerdict.sentence(of: result)), .line(), .table(answer)] + bounds + serving
      + layers + [.line()] + predictions
      + legend + ReplayNotes.all(of: result).flatMap { [.line(), .paragraph("Note: \($0)")] }
  }

  /// A row for each policy, or for each of its layers; the columns are the paths of the JSON
  /// object's keys, such as `time.dispatch`.
  public var records: Records {
    get throws {
      guard hasLayerRecords else { return policies }
      let layers = result.policies.flatMap { policy in
        (policy.perLayer ?? []).map { layer in
          (labels: ["policy": policy.name, "layer": "\(layer.layer)"] as KeyValuePairs, value: layer as any Encodable)
        }
      }
      return try Records(layers)
    }
  }

  private var policies: Records {
    let policies = result.policies
    let columns =
      Figure.all
      .filter { figure in policies.contains { figure.value($0) != nil } }
      .map { figure in (path: figure.path, cell: { (policy: PolicyResult) in Records.cell(figure.value(policy)) }) }
      + [(path: "causal", cell: { (policy: PolicyResult) in String(policy.causal) })]
    let sorted = columns.sorted { $0.path < $1.path }
    return Records(
      columns: ["policy"] + sorted.map(\.path),
      rows: policies.map { policy in [policy.name] + sorted.map { $0.cell(policy) } })
  }

  public func page() throws -> String { try replayPage(result) }
}
