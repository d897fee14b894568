/// How many copies each expert gets: one, and every further one goes to the expert with the most load per copy.
///
/// In double precision, as ATOM and TensorRT-LLM have it; `Replication` is EPLB's, in single.
enum CopyCounts {
  /// Which of experts with the same load per copy gets the next one.
  enum Tie {
    case lowest, highest
  }

  /// - Parameters:
  ///   - load: `[experts]` tokens.
  ///   - extra: copies beyond one of each.
  /// - Returns: `[experts]`.
  /// - Complexity: O(`extra` · experts).
  static func counts(of load: [Double], extra: Int, tie: Tie) -> [Int] {
    var copies = Array(repeating: 1, count: load.count)
    var perCopy = load
    guard !load.isEmpty else { return copies }
    for _ in 0..<extra {
      var hottest = 0
      for expert in 1..<load.count {
        let isHotter = tie == .lowest ? perCopy[expert] > perCopy[hottest] : perCopy[expert] >= perCopy[hottest]
        if isHotter { hottest = expert }
      }
      copies[hottest] += 1
      perCopy[hottest] = load[hottest] / Double(copies[hottest])
    }
    return copies
  }
}
