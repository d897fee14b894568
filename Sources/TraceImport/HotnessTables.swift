import Containers
import Diagnostics
import RoutingTrace

/// Counts of local slots, `[iterations × layers, slots]` of every rank that holds routed experts, in the ranks' order.
struct HotnessTables {
  /// Numbers of all files together: 64 MiB in memory.
  static let maximumNumbers = 1 << 23

  private let tables: [NumberTable]
  /// The expert of every slot, by layer; slots are experts when nil.
  private let map: [[Int]]?
  private let experts: Int
  private var slots: Int { tables.reduce(0) { $0 + $1.columns } }

  /// - Throws: `InputError` when there are more slots than experts and no map, or a map of other slots.
  init(_ tables: [NumberTable], map: [[Int]]?, experts declared: Int?) throws(InputError) {
    self.tables = tables
    self.map = map
    let slots = tables.reduce(0) { $0 + $1.columns }
    let largest = map?.joined().max().map { $0 + 1 }
    experts = declared ?? largest ?? slots
    guard (1...TraceHeader.maximumExperts).contains(experts), experts >= largest ?? 0 else {
      throw InputError("\(experts) experts, the map names \(largest ?? 0)")
    }
    guard map != nil || slots == experts else {
      throw InputError("\(slots) slots of \(experts) experts, and no eplb_expert_map_file that tells which is which")
    }
    if let odd = map?.firstIndex(where: { $0.count != slots }) {
      throw InputError("the map has \(map?[odd].count ?? 0) slots, the files \(slots)", at: .init(layer: odd))
    }
  }

  /// - Parameter layers: of an iteration; counts add up from one to the next. All rows are layers of one when nil.
  /// - Returns: the recording, and notes of what was left out.
  func recording(layers: Int?) throws(InputError) -> (CountsRecording, [String]) {
    let rows = tables.map(\.rows).min() ?? 0
    guard let layers else {
      if let odd = tables.firstIndex(where: { $0.rows != tables[0].rows }) {
        throw InputError("\(tables[0].rows) layers, another rank's file (the \(odd + 1)th) has \(tables[odd].rows)")
      }
      return (try recording(height: rows, iterations: 1), [])
    }
    let iterations = rows / layers
    let longest = tables.map(\.rows).max() ?? 0
    let notes =
      longest > iterations * layers
      ? ["rows after iteration \(iterations) left out, which not all ranks have whole"] : []
    return (try recording(height: layers, iterations: iterations), notes)
  }

  private func recording(height: Int, iterations: Int) throws(InputError) -> CountsRecording {
    if let map, map.count < height { throw InputError("the map has \(map.count) layers, the files \(height)") }
    guard height <= TraceHeader.maximumLayers, height * experts <= TraceHeader.maximumExpertsInAll else {
      throw InputError("\(height) layers of \(experts) experts")
    }
    var table = PackedCounts()
    var before = [UInt64](repeating: 0, count: height * experts)
    for iteration in 0..<iterations {
      for layer in 0..<height {
        let sums = try sums(row: iteration * height + layer, layer: layer)
        for (expert, count) in sums.enumerated() {
          let place = layer * experts + expert
          guard count >= before[place] else {
            throw InputError(
              "expert \(expert): \(count) tokens after \(before[place]), where counts add up from iteration to iteration",
              at: .init(step: iteration, layer: layer))
          }
          table.append(count - before[place])
          before[place] = count
        }
        table.endRow()
      }
    }
    return try CountsRecording(layers: height, experts: experts, table: table)
  }

  /// Tokens per expert of all ranks in one row.
  private func sums(row: Int, layer: Int) throws(InputError) -> [UInt64] {
    var sums = [UInt64](repeating: 0, count: experts)
    var slot = 0
    for table in tables {
      for value in table[row] {
        guard let count = UInt64(exactly: value), count <= RoutingStep.maximumCount else {
          throw InputError("\(value) is not a whole number of tokens", at: .init(layer: layer))
        }
        sums[map?[layer][slot] ?? slot] += count
        slot += 1
      }
    }
    return sums
  }
}
