import Diagnostics

/// What a plan file says, before it is known which layers of which model on how many ranks want it.
public struct WrittenPlan: Equatable, Sendable {
  /// How a file tells its rows apart.
  public enum Rows: Equatable, Sendable {
    /// By the layers' numbers in the model, `[rows]`.
    case numbered([Int])
    /// By their order among the MoE layers of the model.
    case inOrder
  }

  /// The file, for messages.
  public var name: String
  public var rows: Rows
  /// `[rows][slots]` the expert of every slot.
  public var physicalToLogical: [[Int]]
  /// `[rows][slots]` each slot's share of its expert's tokens; equal shares when nil.
  public var shares: [[Double]]?
  /// What the file was planned for; nil where its format does not say.
  public var ranks: Int?

  /// - Parameter name: of the file, for messages.
  /// - Throws: `InputError` for no rows, rows without slots, or rows, numbers and shares that do not belong together.
  public init(
    rows: Rows, physicalToLogical: [[Int]], shares: [[Double]]? = nil, ranks: Int? = nil, name: String = ""
  ) throws(InputError) {
    guard !physicalToLogical.isEmpty, !physicalToLogical.contains([]) else {
      throw InputError("a plan without layers, or with a layer without slots")
    }
    if case .numbered(let numbers) = rows {
      guard numbers.count == physicalToLogical.count, Set(numbers).count == numbers.count else {
        throw InputError(
          "\(numbers.count) layer numbers for \(physicalToLogical.count) rows, expected one distinct each")
      }
    }
    if let shares {
      guard shares.map(\.count) == physicalToLogical.map(\.count) else {
        throw InputError("share is not of the same shape as physicalToLogical")
      }
    }
    self.name = name
    self.rows = rows
    self.physicalToLogical = physicalToLogical
    self.shares = shares
    self.ranks = ranks
  }

  /// Slots of the longest row.
  public var slots: Int { physicalToLogical.map(\.count).max() ?? 0 }

  /// The placement of the layers that `shape` names.
  ///
  /// - Throws: `InputError` if the plan is for other ranks, lacks a layer or an expert, or has other slots than asked
  ///   for.
  public func placement(for shape: PlacementShape) throws(InputError) -> Placement {
    if let ranks, ranks != shape.ranks {
      throw InputError("a plan for \(ranks) ranks, expected one for \(shape.ranks)", in: name, status: .usage)
    }
    guard slots == shape.slots else {
      throw InputError("\(slots) slots per layer, expected \(shape.slots)", in: name, status: .usage)
    }
    var layers: [LayerPlacement] = []
    for (row, number) in zip(try rows(of: shape), shape.layerNumbers) {
      guard physicalToLogical[row].count % shape.ranks == 0 else {
        let message = "\(physicalToLogical[row].count) slots do not divide over \(shape.ranks) ranks"
        throw InputError(message, in: name, at: .init(layer: number))
      }
      try check(row, experts: shape.experts, layer: number)
      layers.append(
        LayerPlacement(
          experts: shape.experts, ranks: shape.ranks, physicalToLogical: physicalToLogical[row], shares: shares?[row]))
    }
    return Placement(ranks: shape.ranks, layers: layers)
  }

  /// The row of each of the shape's layers.
  private func rows(of shape: PlacementShape) throws(InputError) -> [Int] {
    switch rows {
    case .inOrder:
      guard physicalToLogical.count == shape.layers else {
        throw InputError("\(physicalToLogical.count) MoE layers, expected \(shape.layers)", in: name, status: .usage)
      }
      return Array(0..<shape.layers)
    case .numbered(let numbers):
      let places = Dictionary(uniqueKeysWithValues: zip(numbers, numbers.indices))
      return try shape.layerNumbers.map { number throws(InputError) in
        guard let row = places[number] else {
          throw InputError("the plan has no such layer", in: name, at: .init(layer: number))
        }
        return row
      }
    }
  }

  private func check(_ row: Int, experts: Int, layer: Int) throws(InputError) {
    let place = InputError.Place(layer: layer)
    var replicas = Array(repeating: 0, count: experts)
    var shareSums = Array(repeating: 0.0, count: experts)
    for (slot, expert) in physicalToLogical[row].enumerated() {
      guard 0..<experts ~= expert else {
        throw InputError("slot \(slot): expert \(expert), expected an id below \(experts)", in: name, at: place)
      }
      replicas[expert] += 1
      guard let share = shares?[row][slot] else { continue }
      guard 0...1 ~= share else {
        throw InputError("slot \(slot): share \(share), expected 0…1", in: name, at: place)
      }
      shareSums[expert] += share
    }
    if let expert = replicas.firstIndex(of: 0) {
      throw InputError("expert \(expert) has no slot", in: name, at: place)
    }
    if shares != nil, let expert = shareSums.firstIndex(where: { abs($0 - 1) > 1e-6 }) {
      throw InputError("the shares of expert \(expert) sum to \(shareSums[expert]), expected 1", in: name, at: place)
    }
  }
}
