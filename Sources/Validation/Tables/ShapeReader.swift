import Diagnostics
import PerformanceModel

/// The model of a row: a named one with what the row says differently, or what the row says alone.
struct ShapeReader {
  private let front: FrontMatter
  private var named: [String: ModelShape] = [:]

  init(front: FrontMatter) { self.front = front }

  mutating func shape(
    _ cells: TableCells, _ read: (String) throws -> ModelShape
  ) throws -> ModelShape {
    var shape = try base(cells, read)
    let base = shape
    shape.hidden = try cells.whole("hidden", most: ModelShape.maximumWidth) ?? shape.hidden
    shape.expertIntermediate =
      try cells.whole("intermediate", most: ModelShape.maximumWidth) ?? shape.expertIntermediate
    shape.experts = try cells.whole("experts", most: ModelShape.maximumExperts) ?? shape.experts
    shape.topK = try cells.whole("topk", most: ModelShape.maximumTopK) ?? shape.topK
    shape.groups = try cells.whole("groups", most: ModelShape.maximumExperts) ?? shape.groups
    shape.groupsPerToken =
      try cells.whole("groups_per_token", most: ModelShape.maximumExperts) ?? shape.groupsPerToken
    if let weights = try format(cells, front.kind.hasTraffic ? "weights_dtype" : "dtype") {
      shape.weights = weights.weights
      shape.expertFormat = weights.experts
    }
    try setPayload(of: &shape, base, cells)
    try check(shape, cells)
    return shape
  }

  private mutating func base(_ cells: TableCells, _ read: (String) throws -> ModelShape) throws -> ModelShape {
    if let name = cells.text("model") {
      if let shape = named[name] { return shape }
      let shape = try read(name)
      named[name] = shape
      return shape
    }
    let needed = ["hidden", "experts", "topk"] + (front.kind.columns.contains("intermediate") ? ["intermediate"] : [])
    for column in needed where cells.text(column) == nil {
      throw cells.error("neither model nor \(column)")
    }
    return .none
  }

  /// Nil where the column is not there or means nothing to the kind.
  private func format(_ cells: TableCells, _ column: String) throws(InputError) -> NumberFormat? {
    guard let name = try cells.choice(column, of: NumberFormat.names) else { return nil }
    return NumberFormat.all.first { $0.name == name }
  }

  private func setPayload(of shape: inout ModelShape, _ base: ModelShape, _ cells: TableCells) throws(InputError) {
    guard front.kind.hasTraffic else { return }
    let column = front.kind.columns.contains("dispatch_dtype") ? "dispatch_dtype" : "dtype"
    let format = try format(cells, column)?.copy
    guard format == nil || front.dispatch == nil else {
      throw cells.error("\(column) and dispatch both say what a copy weighs; keep one", at: column)
    }
    let isOfModel = cells.text("model") != nil && shape.hidden == base.hidden
    var sent = shape.sent.map { ($0.dispatch, $0.combine) } ?? (nil, nil)
    if let dispatch = format ?? front.dispatch {
      shape.payload.dispatchBytes = dispatch.bytes(hidden: shape.hidden)
      sent.0 = dispatch.type
    } else if !isOfModel {
      throw cells.error("nothing says what a dispatched copy weighs; add dispatch above the table")
    }
    if let combine = front.combine {
      shape.payload.combineBytes = combine.bytes(hidden: shape.hidden)
      sent.1 = combine.type
    } else if !isOfModel {
      throw cells.error("nothing says what a combined copy weighs; add combine above the table")
    }
    shape.sent = sent.0.map { SentTypes(dispatch: $0, combine: sent.1) }
  }

  private func check(_ shape: ModelShape, _ cells: TableCells) throws(InputError) {
    guard shape.topK <= shape.experts else {
      throw cells.error("\(shape.experts) experts, but a token draws \(shape.topK)", at: "topk")
    }
    guard front.gate == .limited else {
      for column in ["groups", "groups_per_token"] where cells.text(column) != nil {
        throw cells.error("\(column) without gate: limited", at: column)
      }
      return
    }
    let isTold = cells.text("groups") != nil && cells.text("groups_per_token") != nil
    guard isTold || shape.groupsPerToken < shape.groups else {
      throw cells.error(
        "gate: limited, but \(shape.name) has no groups to limit a token to; say groups, groups_per_token")
    }
    guard shape.experts % shape.groups == 0 else {
      throw cells.error("\(shape.experts) experts do not divide into \(shape.groups) groups", at: "groups")
    }
    guard shape.groupsPerToken <= shape.groups else {
      throw cells.error("\(shape.groupsPerToken) of \(shape.groups) groups", at: "groups_per_token")
    }
    let reachable = shape.experts / shape.groups * shape.groupsPerToken
    guard shape.topK <= reachable else {
      throw cells.error("a token draws \(shape.topK) of the \(reachable) experts in its groups", at: "groups_per_token")
    }
  }
}

extension ModelShape {
  /// Of a row that has no model, before it says any size.
  static let none = ModelShape(
    name: "row", layers: 1, moeLayers: 1, experts: 1, topK: 1, hidden: 1, expertIntermediate: 1, weights: .bf16,
    payload: Payload(dispatchBytes: 0, combineBytes: nil))
}
