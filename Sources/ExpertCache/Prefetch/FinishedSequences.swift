/// A bounded collection of what finished sequences visited.
struct FinishedSequences: Sendable {
  private let layers: Int
  private let experts: Int
  private let capacity: Int
  private(set) var count = 0
  /// `[layers][capacity used][experts]`: rows of unit length, and shares of a layer's visits.
  private var directions: [[Float]]
  private var shares: [[Float]]

  init(layers: Int, experts: Int, capacity: Int) {
    (self.layers, self.experts, self.capacity) = (layers, experts, capacity)
    directions = Array(repeating: [], count: layers)
    shares = Array(repeating: [], count: layers)
  }

  /// - Returns: its place.
  mutating func add(_ sequence: SequenceUnderWay) -> Int {
    let place = count < capacity ? count : nearest(to: sequence)
    for layer in 0..<layers {
      let row = sequence.visits[layer * experts..<(layer + 1) * experts]
      let length = Self.length(of: row)
      let sum = row.reduce(0, +)
      let direction = row.map { length > 0 ? $0 / length : 0 }
      let share = row.map { sum > 0 ? $0 / sum : 0 }
      if place == count {
        directions[layer] += direction
        shares[layer] += share
      } else {
        directions[layer].replaceSubrange(place * experts..<(place + 1) * experts, with: direction)
        shares[layer].replaceSubrange(place * experts..<(place + 1) * experts, with: share)
      }
    }
    if place == count { count += 1 }
    return place
  }

  private func nearest(to sequence: SequenceUnderWay) -> Int {
    var likeness = Array(repeating: 0.0, count: count)
    for layer in 0..<layers {
      let row = Array(sequence.visits[layer * experts..<(layer + 1) * experts])
      addCosines(of: row, layer: layer, sign: 1, to: &likeness)
    }
    return likeness.indices.max { (likeness[$0], $1) < (likeness[$1], $0) } ?? 0
  }

  func addShares(at place: Int, to expected: inout [Float]) {
    for layer in 0..<layers {
      for expert in 0..<experts { expected[layer * experts + expert] += shares[layer][place * experts + expert] }
    }
  }

  /// Adds the cosine of a row with each sequence's.
  func addCosines(of row: [Float], layer: Int, sign: Double, to likeness: inout [Double]) {
    let length = Self.length(of: row[...])
    guard length > 0 else { return }
    let rows = directions[layer]
    for place in 0..<count {
      let product = Self.product(row.span, rows.span, from: place * experts)
      likeness[place] += sign * Double(product / length)
    }
  }

  func cosine(of row: ArraySlice<Float>, layer: Int, at place: Int) -> Double {
    let length = Self.length(of: row)
    guard length > 0 else { return 0 }
    let other = directions[layer][place * experts..<(place + 1) * experts]
    return Double(zip(row, other).reduce(Float(0)) { $0 + $1.0 * $1.1 } / length)
  }

  private static func length(of row: ArraySlice<Float>) -> Float { row.reduce(0) { $0 + $1 * $1 }.squareRoot() }

  /// Eight sums side by side, so that they need not wait for each other.
  private static func product(_ row: Span<Float>, _ rows: Span<Float>, from start: Int) -> Float {
    var sums = SIMD8<Float>(repeating: 0)
    let whole = row.count / 8 * 8
    for place in stride(from: 0, to: whole, by: 8) {
      for lane in 0..<8 { sums[lane] += row[place + lane] * rows[start + place + lane] }
    }
    var sum = sums.sum()
    for place in whole..<row.count { sum += row[place] * rows[start + place] }
    return sum
  }
}
