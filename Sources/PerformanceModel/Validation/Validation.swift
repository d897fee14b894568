import Diagnostics

/// A measurement table beside what the models predict for it.
public struct Validation: Sendable {
  public struct Prediction: Equatable, Sendable {
    public var row: MeasurementTable.Row
    /// Microseconds.
    public var predicted: Double
    /// predicted / measured − 1.
    public var error: Double { predicted / row.measured - 1 }
  }

  /// Errors over some rows.
  public struct Summary: Equatable, Sendable {
    /// What the rows have in common.
    public var label: String
    public var rows: Int
    /// Mean of |predicted / measured − 1|.
    public var mean: Double
    /// Largest |predicted / measured − 1|.
    public var maximum: Double

    init(label: String, errors: [Double]) {
      self.label = label
      rows = errors.count
      mean = errors.reduce(0) { $0 + abs($1) } / Double(max(1, errors.count))
      maximum = errors.map { abs($0) }.max() ?? 0
    }
  }

  public let table: MeasurementTable
  /// One per measurement, in the table's order.
  public let predictions: [Prediction]
  /// Errors by operation, by tokens when the table splits them, and by use.
  public let summaries: [Summary]
  /// For each group size: errors on its rows when the links are fitted to all other sizes, where these tell enough.
  public let leftOut: [Summary]

  /// - Throws: `InputError` when a row's ranks do not fit the cluster.
  public init(of table: MeasurementTable) throws {
    self.table = table
    predictions = try table.predictions(on: table.cluster)
    summaries = Self.summarize(predictions, split: table.split)
    leftOut = table.kind == .allToAll ? try Self.crossValidate(table) : []
  }

  private static func summarize(_ predictions: [Prediction], split: Int?) -> [Summary] {
    var summaries: [Summary] = []
    func add(_ label: String, _ isIncluded: (MeasurementTable.Row) -> Bool) {
      let errors = predictions.filter { isIncluded($0.row) }.map(\.error)
      if !errors.isEmpty { summaries.append(Summary(label: label, errors: errors)) }
    }
    for operation in [MeasurementTable.Operation.dispatch, .combine, .prefill, .decode] {
      add(operation.rawValue) { $0.operation == operation }
    }
    if let split {
      add("tokens ≥ \(split)") { $0.tokens >= split }
      add("tokens < \(split)") { $0.tokens < split }
    }
    add("fitted rows") { $0.use == .fitted }
    add("rows not fitted") { $0.use == .leftOut }
    add("suspect rows") { $0.use == .suspect }
    add("all") { _ in true }
    return summaries
  }

  private static func crossValidate(_ table: MeasurementTable) throws -> [Summary] {
    let sizes = Set(table.rows.map(\.ranks)).sorted()
    guard sizes.count > 1 else { return [] }
    return try sizes.compactMap { size in
      let fit = try LinkFit(table: table) { $0.ranks != size }
      let nodes = try table.cluster.resized(ranks: size).nodes
      let errors = try table.predictions(on: fit.cluster)
        .filter { $0.row.ranks == size && fit.covers($0.row.operation, nodes: nodes) }.map(\.error)
      return errors.isEmpty ? nil : Summary(label: "ranks \(size), links fitted to the other sizes", errors: errors)
    }
  }
}

extension MeasurementTable {
  /// What the models predict for every row on a cluster with these links and GPUs.
  func predictions(on cluster: Cluster) throws -> [Validation.Prediction] {
    try predictions(of: rows, on: cluster)
  }

  func predictions(of rows: [Row], on cluster: Cluster) throws -> [Validation.Prediction] {
    try rows.map { row in
      let predicted =
        switch row.operation {
        case .dispatch, .combine: try allToAllTime(of: row, on: cluster)
        case .prefill, .decode: try expertTime(of: row, on: cluster)
        }
      return Validation.Prediction(row: row, predicted: predicted)
    }
  }

  private func allToAllTime(of row: Row, on cluster: Cluster) throws -> Double {
    let sized = try sized(cluster, for: row)
    let traffic = GateExpectation(experts: row.experts, topK: model.topK, gate: gate)
      .traffic(ranks: sized.ranks, ranksPerNode: sized.ranksPerNode, tokensPerRank: Double(row.tokens))
    let cost = try sized.makeAllToAll().price(traffic, payload: model.payload)
    return row.operation == .dispatch ? cost.dispatch : cost.combine
  }

  private func expertTime(of row: Row, on cluster: Cluster) throws -> Double {
    guard let gpu = cluster.gpu else { throw InputError("no gpu to predict expert times with", in: cluster.name) }
    guard row.experts % row.ranks == 0 else {
      throw place(InputError("\(row.experts) experts do not divide over \(row.ranks) ranks"), at: row)
    }
    var routed = model
    routed.sharedExperts = 0
    let tokensPerExpert = Double(row.tokens * model.topK) / Double(row.experts)
    let slots = Array(repeating: tokensPerExpert, count: row.experts)
    return slots.withUnsafeBufferPointer {
      ExpertCompute(gpu: gpu, model: routed).layerTime(
        slotTokens: $0, slotsPerRank: row.experts / row.ranks, tokensPerRank: Double(row.tokens) / Double(row.ranks),
        isDecode: row.operation == .decode)
    }
  }

  func sized(_ cluster: Cluster, for row: Row) throws -> Cluster {
    guard model.topK <= row.experts else {
      throw place(InputError("\(row.experts) experts, but the model draws \(model.topK)"), at: row)
    }
    do {
      return try cluster.resized(ranks: row.ranks)
    } catch {
      throw place(error, at: row)
    }
  }

  private func place(_ error: InputError, at row: Row) -> InputError {
    InputError(error.message, in: name, at: .init(line: row.line), status: error.status)
  }
}
