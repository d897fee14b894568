/// Gives every slot beyond one per expert to the expert with the most load per replica, one slot at a time.
struct Replication {
  private var heaviest = KeyHeap()
  /// `[experts]` load, and number of replicas.
  private var weights: [Float]
  private var replicas: [Float]
  /// `[slots]` the experts themselves, then the replicas in the order in which they were given.
  private var expertOfSlot: [Int]

  init(experts: Int, slots: Int) {
    weights = Array(repeating: 0, count: experts)
    replicas = Array(repeating: 1, count: experts)
    expertOfSlot = Array(0..<experts) + Array(repeating: 0, count: slots - experts)
  }

  func expert(ofSlot slot: Int) -> Int { expertOfSlot[slot] }

  func weight(ofSlot slot: Int) -> Float {
    let expert = expertOfSlot[slot]
    return weights[expert] / replicas[expert]
  }

  mutating func replicate(weight: (Int) -> Float) {
    for expert in weights.indices {
      weights[expert] = weight(expert)
      replicas[expert] = 1
    }
    guard expertOfSlot.count > weights.count else { return }
    heaviest.fill(weights.indices.lazy.map { [weights] in KeyHeap.descending(weights[$0], $0) })
    for slot in weights.count..<expertOfSlot.count {
      let expert = KeyHeap.index(of: heaviest.minimum)
      expertOfSlot[slot] = expert
      replicas[expert] += 1
      heaviest.replaceMinimum(with: KeyHeap.descending(weights[expert] / replicas[expert], expert))
    }
  }
}
