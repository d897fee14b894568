import Diagnostics

/// What a study comes to as a whole, in one walk over its settings.
public struct StudySurvey: Sendable {
  /// A policy's gains over the recordings of a study: how much it matters which day was recorded.
  public struct Stability: Codable, Equatable, Sendable {
    public var policy: String
    /// 1 − total time / the baseline's by recording, the mean over its settings.
    public var gains: [String: Double]
    /// Recordings on which it is faster than the baseline.
    public var faster: Int { gains.values.count { $0 > 0 } }
    /// The mean over recordings.
    public var mean: Double { gains.values.reduce(0, +) / Double(gains.count) }
  }

  private struct Sum: Sendable {
    var value = 0.0
    var count = 0
  }

  /// Settings in which something could be replayed beside the baseline.
  public private(set) var settings = 0
  public private(set) var settingsWithout = 0
  /// Settings by what `screen`'s rule says of their best policy.
  public private(set) var verdicts: [Verdict: Int] = [:]
  public private(set) var regret = StudyRegret()
  public private(set) var maps: [StudyMap]
  private var gains: [String: [String: Sum]] = [:]

  /// - Parameter axes: of each map, down the side and along the top.
  public init(maps axes: [(row: StudyMap.Axis, column: StudyMap.Axis)]) {
    maps = axes.map { StudyMap(rows: [$0.row], columns: [$0.column]) }
  }

  /// - Parameter rows: of one setting.
  public mutating func add(_ rows: [StudyRow]) {
    var best = StudyBest()
    best.add(rows)
    settings += best.choices.count
    settingsWithout += best.settingsWithout
    for choice in best.choices { verdicts[choice.finding.verdict, default: 0] += 1 }
    regret.add(rows)
    for index in maps.indices { maps[index].add(rows) }
    for row in rows where !row.isBaseline && row.causal == true {
      guard let gain = row.figures["improvement.total"] else { continue }
      gains[row.policy, default: [:]][row.setting.trace, default: Sum()].value += gain
      gains[row.policy, default: [:]][row.setting.trace, default: Sum()].count += 1
    }
  }

  /// Policies that do not look ahead, those of the least regret first; the baseline is none.
  public var stability: [Stability] {
    regret.policies.compactMap { policy in
      gains[policy.policy].map { gains in
        Stability(policy: policy.policy, gains: gains.mapValues { $0.value / Double($0.count) })
      }
    }
  }

  /// In the order of their names, and of what was changed in them.
  public var recordings: [String] {
    let keys = Set(gains.values.flatMap(\.keys)).map { name in
      let (preset, changes) = changes(in: name)
      return (name: name, key: [preset] + changes.map(\.value))
    }
    return keys.sorted { StudyMap.precedes($0.key, $1.key) || $0.key == $1.key && $0.name < $1.name }.map(\.name)
  }
}

extension StudyMap {
  /// Places along the top between which the verdict of a row changes, with how many rows change there.
  public var flips: [(from: String, to: String, rows: Int)] {
    let columns = columns
    return zip(columns, columns.dropFirst()).compactMap { before, after in
      let count = rows.count { row in
        guard let one = self[row, before], let other = self[row, after] else { return false }
        return one.verdict != other.verdict
      }
      return count > 0 ? (before.joined(separator: ", "), after.joined(separator: ", "), count) : nil
    }
  }
}
