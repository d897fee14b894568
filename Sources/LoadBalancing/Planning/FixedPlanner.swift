import Diagnostics
import Foundation

/// A placement that was planned elsewhere: the project's plan JSON, or SGLang's `{"physical_to_logical_map": …}`.
///
/// The project's plans name their layers; SGLang's have one row for each hidden layer, and the trace's layer numbers
/// pick the rows.
public struct FixedPlanner: PlacementPlanner {
  private let fileName: String
  /// Row of the plan for each layer number.
  private let rows: [Int: Int]
  private let physicalToLogical: [[Int]]
  private let shares: [[Double]]?

  /// The slots of the longest row.
  public var slotBudget: SlotBudget { .total(physicalToLogical.map(\.count).max() ?? 0) }
  public var needs: PlanningNeeds { [] }

  init(settings: Settings, loadFile: LoadFile) throws {
    let path = try settings.string("file")
    try self.init(json: try loadFile(path), name: path)
  }

  /// - Throws: `InputError` if `json` is neither of the two forms, or its rows have other lengths than their shares.
  public init(json: String, name: String) throws(InputError) {
    let file: PlanFile
    do {
      file = try JSONDecoder().decode(PlanFile.self, from: Data(json.utf8))
    } catch {
      throw InputError("not a plan: expected physicalToLogical or physical_to_logical_map, rows of slots", in: name)
    }
    guard let map = file.physicalToLogical ?? file.sglang, !map.isEmpty, !map.contains([]) else {
      throw InputError("no physicalToLogical and no physical_to_logical_map in the plan", in: name)
    }
    let numbers = file.physicalToLogical == nil ? Array(map.indices) : file.layers ?? Array(map.indices)
    guard numbers.count == map.count, Set(numbers).count == numbers.count else {
      throw InputError("\(numbers.count) layer numbers for \(map.count) rows, expected one distinct each", in: name)
    }
    if let shares = file.share {
      guard shares.map(\.count) == map.map(\.count) else {
        throw InputError("share is not of the same shape as physicalToLogical", in: name)
      }
    }
    fileName = name
    physicalToLogical = map
    shares = file.share
    rows = Dictionary(uniqueKeysWithValues: zip(numbers, numbers.indices))
  }

  /// - Throws: `InputError` if the plan lacks a layer, an expert, or has other slots than asked for.
  public func plan(_ context: PlanningContext) throws(InputError) -> Placement {
    let shape = context.shape
    let slots = physicalToLogical.map(\.count).max() ?? 0
    guard shape.slots == slots else {
      throw InputError("\(slots) slots per layer, expected \(shape.slots)", in: fileName, status: .usage)
    }
    var layers: [LayerPlacement] = []
    for number in shape.layerNumbers {
      guard let row = rows[number] else {
        throw InputError("the plan has no such layer", in: fileName, at: .init(layer: number))
      }
      guard physicalToLogical[row].count % shape.ranks == 0 else {
        let message = "\(physicalToLogical[row].count) slots do not divide over \(shape.ranks) ranks"
        throw InputError(message, in: fileName, at: .init(layer: number))
      }
      try check(row, experts: shape.experts, layer: number)
      layers.append(
        LayerPlacement(
          experts: shape.experts, ranks: shape.ranks, physicalToLogical: physicalToLogical[row], shares: shares?[row]))
    }
    return Placement(ranks: shape.ranks, layers: layers)
  }

  private func check(_ row: Int, experts: Int, layer: Int) throws(InputError) {
    let place = InputError.Place(layer: layer)
    var replicas = Array(repeating: 0, count: experts)
    var shareSums = Array(repeating: 0.0, count: experts)
    for (slot, expert) in physicalToLogical[row].enumerated() {
      guard 0..<experts ~= expert else {
        throw InputError("slot \(slot): expert \(expert), expected an id below \(experts)", in: fileName, at: place)
      }
      replicas[expert] += 1
      guard let share = shares?[row][slot] else { continue }
      guard 0...1 ~= share else {
        throw InputError("slot \(slot): share \(share), expected 0…1", in: fileName, at: place)
      }
      shareSums[expert] += share
    }
    if let expert = replicas.firstIndex(of: 0) {
      throw InputError("expert \(expert) has no slot", in: fileName, at: place)
    }
    if shares != nil, let expert = shareSums.firstIndex(where: { abs($0 - 1) > 1e-6 }) {
      throw InputError(
        "the shares of expert \(expert) sum to \(shareSums[expert]), expected 1", in: fileName, at: place)
    }
  }
}

/// Both forms of a plan file.
private struct PlanFile: Decodable {
  var layers: [Int]?
  var physicalToLogical: [[Int]]?
  var share: [[Double]]?
  var sglang: [[Int]]?

  enum CodingKeys: String, CodingKey {
    case layers, physicalToLogical, share
    case sglang = "physical_to_logical_map"
  }
}
