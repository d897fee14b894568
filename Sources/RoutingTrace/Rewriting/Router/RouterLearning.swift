/// What the first steps tell of a layer's experts.
struct RouterLearning {
  let layers: Int
  let experts: Int
  /// `[layers][experts]`.
  private(set) var visits: [Double]
  private(set) var gates: [Double]
  /// `[layers][experts][experts]` tokens that chose both; empty unless asked for.
  private(set) var together: [Double]
  private(set) var steps = 0

  init(_ header: TraceHeader, countsPairs: Bool) {
    (layers, experts) = (header.layers, header.experts)
    visits = Array(repeating: 0, count: layers * experts)
    gates = visits
    together = countsPairs ? Array(repeating: 0, count: layers * experts * experts) : []
  }

  mutating func add(_ step: RoutingStep, topK: Int) {
    steps += 1
    for (place, count) in step.counts.enumerated() { visits[place] += Double(count) }
    let width = step.tokens * topK
    for first in stride(from: 0, to: step.experts.count, by: topK) {
      let layer = first / width
      let places = (first..<first + topK).filter { step.experts[$0] != RoutingStep.dropped }
      for place in places {
        let expert = layer * experts + Int(step.experts[place])
        visits[expert] += 1
        gates[expert] += Double(step.weights?[place] ?? 0)
        guard !together.isEmpty else { continue }
        for other in places where other != place { together[expert * experts + Int(step.experts[other])] += 1 }
      }
    }
  }

  /// The experts of a layer by a figure, `[layers][experts]`, largest first, the lowest of equal ones.
  func ranked(_ figure: [Double], layer: Int) -> [Int] {
    let row = layer * experts
    return (0..<experts).sorted { (figure[row + $1], $0) < (figure[row + $0], $1) }
  }
}
