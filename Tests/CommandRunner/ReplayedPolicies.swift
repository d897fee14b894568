import Foundation
import PerformanceModel

/// What the tables show of a replay's JSON.
struct ReplayedPolicies: Decodable {
  struct Policy: Decodable {
    struct Time: Decodable { var comm, total: Double }
    struct Improvement: Decodable {
      var comm: Double
      var commLow, commHigh: Double?
    }
    struct Balance: Decodable { var rank: Double }
    struct Optimality: Decodable { var gap: Double }
    struct Prediction: Decodable {
      var errorMean: Double
      var accuracy: Double?
    }
    struct Rebalances: Decodable { var movedExperts: Int }
    struct Traffic: Decodable { var copiesPerToken: Double }
    struct Memory: Decodable {
      var slotsPerRank: Int
      var slotsPerRankByLayer: [Int]?
    }
    struct Regret: Decodable { var comm, total: Double }

    var name: String
    var causal: Bool
    var time: Time
    var improvement: Improvement
    var balancedness: Balance
    var optimality: Optimality
    var prediction: Prediction?
    var rebalances: Rebalances
    var traffic: Traffic
    var memory: Memory
    var regret: Regret?

    /// The text under a column's title.
    func cell(_ title: String) -> String {
      switch title {
      case "policy": name + (causal ? "" : " *")
      case "comm, ms": String(format: "%.1f", time.comm / 1000)
      case "total, ms": String(format: "%.1f", time.total / 1000)
      case "improvement": improvement.commLow == nil ? "–" : range
      case "balance": String(format: "%.3f", balancedness.rank)
      case "gap": percent(optimality.gap)
      case "ε": percent(prediction?.errorMean)
      case "foreseen": percent(prediction?.accuracy)
      case "moved": grouped(rebalances.movedExperts)
      case "copies": String(format: "%.2f", traffic.copiesPerToken)
      case "slots/rank": slots
      case "regret: comm": percent(regret?.comm)
      case "regret: total": percent(regret?.total)
      default: "?"
      }
    }

    private var range: String {
      "\(percent(improvement.comm)) (\(number(improvement.commLow))…\(number(improvement.commHigh)))"
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

  var policies: [Policy]
}

/// `−3.4 %`; a dash for nothing.
func percent(_ fraction: Double?) -> String { fraction == nil ? "–" : number(fraction) + " %" }

/// Hundredths, with one decimal.
func number(_ fraction: Double?) -> String {
  let text = String(format: "%.1f", abs((fraction ?? 0) * 100))
  return (fraction ?? 0) < 0 && text != "0.0" ? "−" + text : text
}
