/// What changed from one study's results to another's: two versions of the tool, or two weeks of recordings.
public struct StudyDifference: Codable, Equatable, Sendable {
  /// A replay whose figures differ.
  public struct Change: Codable, Equatable, Sendable {
    public var setting: StudySetting
    public var policy: String
    /// 1 − total time / the baseline's; nil where it could not be replayed.
    public var before: Double?
    public var after: Double?
    public var findingBefore: Finding?
    public var findingAfter: Finding?

    public var isVerdict: Bool { findingBefore?.verdict != findingAfter?.verdict }
    var size: Double { before.flatMap { before in after.map { abs($0 - before) } } ?? .infinity }
  }

  /// Replays that both have.
  public var shared: Int
  /// Of these, those with the same figures.
  public var same: Int
  public var onlyBefore: Int
  public var onlyAfter: Int
  /// Verdicts that changed first, then by how much the gain did.
  public var changes: [Change]

  private struct Key: Hashable {
    let setting: StudySetting
    let policy: String
  }

  /// - Parameter traces: names of traces before by those of the traces that took their place, such as another week's.
  public init(before: [StudyRow], after: [StudyRow], traces: [String: String] = [:]) {
    func keyed(_ rows: [StudyRow], _ names: [String: String]) -> [Key: StudyRow] {
      Dictionary(
        rows.map { row in
          var setting = row.setting
          setting.trace = names[setting.trace] ?? setting.trace
          return (Key(setting: setting, policy: row.policy), row)
        }
      ) { first, _ in first }
    }
    let old = keyed(before, [:])
    let new = keyed(after, traces)
    let both = old.keys.filter { new[$0] != nil }
    shared = both.count
    onlyBefore = old.count - both.count
    onlyAfter = new.count - both.count
    let changes = both.compactMap { key -> Change? in
      guard let one = old[key], let two = new[key], one.figures != two.figures || one.finding != two.finding else {
        return nil
      }
      return Change(
        setting: key.setting, policy: key.policy, before: one.figures["improvement.total"],
        after: two.figures["improvement.total"], findingBefore: one.finding, findingAfter: two.finding)
    }
    same = shared - changes.count
    self.changes = changes.sorted {
      ($0.isVerdict ? 0 : 1, -$0.size, $0.policy, $0.setting.order) < (
        $1.isVerdict ? 0 : 1, -$1.size, $1.policy, $1.setting.order
      )
    }
  }
}

extension StudySetting {
  /// By which settings that are otherwise equal are put in order.
  fileprivate var order: String { values.map(\.value).joined(separator: "\n") }
}
