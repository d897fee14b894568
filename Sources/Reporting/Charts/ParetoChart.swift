import Charts
import Replay

extension ResultChart {
  /// What is gained against what it takes: memory, and moved bytes.
  static let pareto = ResultChart("pareto", "Gain against its price", missing: needsOthers, isWide: true) { charted in
    guard !charted.others.isEmpty else { return nil }
    let reading = charted.paretoReading
    return Drawing(
      reading: reading,
      panels: [
        charted.gains("memory of replicas a rank", reading) { $0.memory.replicaBytesPerRank },
        charted.gains("experts moved, in all", reading) { $0.rebalances.movedBytes },
      ],
      notes: ["Up and to the left is better. Whiskers are 95 % intervals over steps; shapes and colours tell policies."]
    )
  }
}

extension ChartedResult {
  fileprivate func gains(_ title: String, _ reading: String, _ price: (PolicyResult) -> Double) -> Drawing.Panel {
    let improvements = others.flatMap { policy -> [Double] in
      let improvement = policy.policy.improvement
      return [improvement.total, improvement.totalLow ?? improvement.total, improvement.totalHigh ?? improvement.total]
    }
    let plot = Plot(
      x: Axis(title, .bytes, policies.map { price($0.policy) }, fromZero: true),
      y: Axis("time saved in total", .share, improvements, fromZero: true))
    var marks = plot.rule(at: 0, baseline?.name.shortened() ?? "")
    for policy in policies {
      let improvement = policy.policy.improvement
      let x = price(policy.policy)
      if let low = improvement.totalLow, let high = improvement.totalHigh {
        marks += plot.whisker(policy.series, at: x, low: low, high: high)
      }
      marks += plot.dot(
        policy.series, at: (x, improvement.total),
        title: "\(policy.name): \(Readable.speed(improvement.total)) for \(Readable.bytes(x))")
    }
    return .init(picture: plot.svg(label: "Time saved against \(title). \(reading)", marks))
  }

  /// Policies that no other one beats in gain at no more memory and moves.
  fileprivate var paretoReading: String {
    func price(_ policy: Policy) -> (memory: Double, moves: Double, gain: Double) {
      (
        policy.policy.memory.replicaBytesPerRank, policy.policy.rebalances.movedBytes, policy.policy.improvement.total
      )
    }
    let candidates = policies.filter(\.policy.causal)
    let front = candidates.filter { one in
      let own = price(one)
      return !candidates.contains { other in
        let rival = price(other)
        return rival.memory <= own.memory && rival.moves <= own.moves && rival.gain >= own.gain && rival != own
      }
    }
    let names = front.map { $0.name.shortened() }.joined(separator: ", ")
    return "No policy that does not look ahead gains as much with less memory and fewer moves than: \(names)."
  }
}
