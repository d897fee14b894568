/// What the tokens of a sequence visited so far, and how like it is to those that are over.
struct SequenceUnderWay: Sendable {
  private let experts: Int
  /// `[layers][experts]`.
  private(set) var visits: [Float]
  /// `[layers]` whether its tokens have been through a layer.
  private var isSeen: [Bool]
  /// `[finished]` cosines, summed over the layers seen.
  private var likeness: [Double]

  init(layers: Int, experts: Int, finished: FinishedSequences) {
    self.experts = experts
    visits = Array(repeating: 0, count: layers * experts)
    isSeen = Array(repeating: false, count: layers)
    likeness = Array(repeating: 0, count: finished.count)
  }

  /// Of the finished sequences the one most like this one; of equals the oldest place. Nil before there is one.
  var nearest: Int? {
    var best: Int?
    for place in likeness.indices where best.map({ likeness[place] > likeness[$0] }) ?? true { best = place }
    return best
  }

  /// - Parameter row: `[experts]` visits in the layer.
  mutating func add(_ row: [Float], layer: Int, finished: FinishedSequences) {
    let range = layer * experts..<(layer + 1) * experts
    let before = Array(visits[range])
    for expert in row.indices { visits[range.lowerBound + expert] += row[expert] }
    finished.addCosines(of: Array(visits[range]), layer: layer, sign: 1, to: &likeness)
    if isSeen[layer] { finished.addCosines(of: before, layer: layer, sign: -1, to: &likeness) }
    isSeen[layer] = true
  }

  /// Looks at a finished sequence that is new.
  mutating func compare(with finished: FinishedSequences, at place: Int) {
    if place == likeness.count { likeness.append(0) }
    likeness[place] = isSeen.indices.reduce(0) { sum, layer in
      isSeen[layer]
        ? sum + finished.cosine(of: visits[layer * experts..<(layer + 1) * experts], layer: layer, at: place) : sum
    }
  }
}
