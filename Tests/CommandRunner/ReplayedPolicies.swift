import Foundation
import PerformanceModel

/// What the tables show of a replay's JSON.
struct ReplayedPolicies: Decodable {
  struct Cluster: Decodable {
    var name: String
    var ranks: Int
  }
  struct Policy: Decodable {
    struct Time: Decodable {
      var comm, total: Double
      var migration, balancing, experts: Double?
    }
    struct Balancing: Decodable {
      var fetchedExperts, busiestPort: Double
      var homePeakToAverage, breakEvenTokens: Double?
    }
    struct Improvement: Decodable { var comm, total: Double }
    struct Steady: Decodable {
      var total: Double
      var totalLow, totalHigh: Double?
    }
    struct BreakEven: Decodable {
      var isReached: Bool
      var steps: Int?
      var extrapolated: Bool?
    }
    struct Balance: Decodable { var rank: Double }
    struct Imbalance: Decodable { var peakToAverage: Double? }
    struct Optimality: Decodable { var gap: Double }
    struct Prediction: Decodable {
      var errorMean: Double
      var accuracy: Double?
    }
    struct Rebalances: Decodable {
      struct Tiers: Decodable {
        var peer: Double
        var host, ssd, remote: Double?
      }

      var movedExperts: Int
      var bytesByTier: Tiers?
    }
    struct Traffic: Decodable { var copiesPerToken, scaleOutBytes: Double }
    struct Memory: Decodable {
      var slotsPerRank: Int
      var slotsPerRankByLayer: [Int]?
    }
    struct Regret: Decodable { var comm, total: Double }
    struct Serving: Decodable { var timePerOutputToken: Double? }
    struct Cost: Decodable {
      var perMillionTokens: Double
      var savedPerMillionTokens, joulesPerToken: Double?
    }

    var name: String
    var causal: Bool
    var time: Time
    var improvement: Improvement
    var steady: Steady?
    var breakEven: BreakEven?
    var balancedness: Balance
    var imbalance: Imbalance
    var optimality: Optimality
    var prediction: Prediction?
    var balancing: Balancing?
    var rebalances: Rebalances
    var traffic: Traffic
    var memory: Memory
    var regret: Regret?
    var serving: Serving?
    var cost: Cost?

    /// The text under a column's title.
    func cell(_ title: String) -> String {
      switch title {
      case "policy": name + (causal ? "" : " *")
      case "comm, ms": String(format: "%.1f", time.comm / 1000)
      case "total, ms": String(format: "%.1f", time.total / 1000)
      case "experts, ms": time.experts.map { String(format: "%.1f", $0 / 1000) } ?? "–"
      case "moves, ms": time.migration.map { String(format: "%.1f", $0 / 1000) } ?? "–"
      case "balancing, ms": time.balancing.map { String(format: "%.1f", $0 / 1000) } ?? "–"
      case "fetched": balancing.map { String(format: "%.1f", $0.fetchedExperts) } ?? "–"
      case "busiest port": balancing.map { String(format: "%.2f", $0.busiestPort) } ?? "–"
      case "pays from, tokens": balancing?.breakEvenTokens.map { grouped(Int($0.rounded())) } ?? "–"
      case "hottest / mean": imbalance.peakToAverage.map { String(format: "%.3f", $0) } ?? "–"
      case "change of total": breakEven == nil && steady == nil ? "–" : change(improvement.total)
      case "change of comm": breakEven == nil && steady == nil ? "–" : change(improvement.comm)
      case "steady": steady.map(range) ?? "–"
      case "break-even": breakEven.map(steps) ?? "–"
      case "balance": String(format: "%.3f", balancedness.rank)
      case "gap": percent(optimality.gap)
      case "ε": percent(prediction?.errorMean)
      case "foreseen": percent(prediction?.accuracy)
      case "moved": grouped(rebalances.movedExperts)
      case "from ranks, GB": gigabytes(rebalances.bytesByTier?.peer)
      case "from host, GB": gigabytes(rebalances.bytesByTier?.host)
      case "from disks, GB": gigabytes(rebalances.bytesByTier?.ssd)
      case "from remote, GB": gigabytes(rebalances.bytesByTier?.remote)
      case "between nodes, GB": gigabytes(traffic.scaleOutBytes)
      case "copies": String(format: "%.2f", traffic.copiesPerToken)
      case "slots/rank": slots
      case "TPOT, ms": serving?.timePerOutputToken.map { String(format: "%.1f", $0 / 1000) } ?? "–"
      case "$ per M": cost.map { String(format: "%.3f", $0.perMillionTokens) } ?? "–"
      case "saved": cost?.savedPerMillionTokens.map { String(format: "%.3f", $0) } ?? "–"
      case "J per token": cost?.joulesPerToken.map { String(format: "%.3f", $0) } ?? "–"
      case "regret: comm": percent(regret?.comm)
      case "regret: total": percent(regret?.total)
      default: "?"
      }
    }

    private func gigabytes(_ bytes: Double?) -> String { bytes.map { String(format: "%.1f", $0 / 1e9) } ?? "–" }

    /// `5.0 % slower`.
    private func change(_ improvement: Double) -> String {
      let text = percent(abs(improvement))
      return text == percent(0) ? "as fast" : "\(text) \(improvement < 0 ? "slower" : "faster")"
    }

    /// `5.0 % slower (3.1…6.9)`.
    private func range(_ steady: Steady) -> String {
      guard let low = steady.totalLow, let high = steady.totalHigh else { return change(steady.total) }
      let (least, most) = steady.total < 0 ? (-high, -low) : (low, high)
      return "\(change(steady.total)) (\(number(least))…\(number(most)))"
    }

    private func steps(_ breakEven: BreakEven) -> String {
      guard let steps = breakEven.steps else { return "never" }
      return (breakEven.extrapolated == true ? "~" : "") + grouped(steps)
    }

    private var slots: String {
      guard let least = memory.slotsPerRankByLayer?.min() else { return String(memory.slotsPerRank) }
      return "\(least)…\(memory.slotsPerRank)"
    }

    private func grouped(_ count: Int) -> String {
      let digits = String(count).reversed().map(String.init)
      let groups = stride(from: 0, to: digits.count, by: 3).map { digits[$0..<min($0 + 3, digits.count)].joined() }
      return String(groups.joined(separator: ",").reversed())
    }
  }

  var cluster: Cluster
  var policies: [Policy]

  /// Of one machine, or of several.
  static func results(in data: Data) throws -> [ReplayedPolicies] {
    data.first == UInt8(ascii: "[")
      ? try JSONDecoder().decode([ReplayedPolicies].self, from: data)
      : [try JSONDecoder().decode(ReplayedPolicies.self, from: data)]
  }

  /// The text under a title of the machine, a cluster without its changes; nil for other titles.
  func cell(_ title: String) -> String? {
    switch title {
    case "cluster": String(cluster.name.prefix { $0 != ":" })
    case "ranks": String(cluster.ranks)
    default: nil
    }
  }
}

/// `−3.4 %`; a dash for nothing.
func percent(_ fraction: Double?) -> String { fraction == nil ? "–" : number(fraction) + " %" }

/// Hundredths, with one decimal.
func number(_ fraction: Double?) -> String {
  let text = String(format: "%.1f", abs((fraction ?? 0) * 100))
  return (fraction ?? 0) < 0 && text != "0.0" ? "−" + text : text
}
