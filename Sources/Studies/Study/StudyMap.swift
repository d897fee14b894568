import Diagnostics

/// Where balancing pays: gains by two sets of axes, the best policy's of each setting, the mean over what else differs.
public struct StudyMap: Sendable {
  /// `cluster`, or a value that was tried, such as `trace.sigma` of a workload or `cluster.scaleOut.bandwidth`.
  public struct Axis: Hashable, Sendable {
    public let text: String
    let base: String
    /// Nil for the whole name.
    let key: String?

    static let bases = ["trace", "model", "phase", "seed", "cluster", "ranks"]

    /// - Throws: `InputError` (usage) for none that replays differ in.
    public init(_ text: String, option: String) throws(InputError) {
      self.text = text
      let parts = text.split(separator: ".", maxSplits: 1).map(String.init)
      base = parts.first ?? ""
      key = parts.count > 1 ? parts[1] : nil
      guard Self.bases.contains(base) else {
        throw InputError(
          "nothing that settings differ in\(suggestion(for: base, in: Self.bases))", in: "\(option) \(text)",
          status: .usage)
      }
    }

    /// Axes by their names, with commas between them.
    ///
    /// - Throws: as `init`; `InputError` (usage) for one that is named twice.
    public static func list(_ text: String, option: String) throws(InputError) -> [Axis] {
      var axes: [Axis] = []
      for name in text.split(separator: ",") {
        let axis = try Axis(String(name), option: option)
        guard !axes.contains(axis) else {
          throw InputError("named twice", in: "\(option) \(name)", status: .usage)
        }
        axes.append(axis)
      }
      return axes
    }

    /// The value in a setting; nil where it was not changed there.
    func value(in setting: StudySetting) -> String? {
      guard let whole = setting.values.first(where: { $0.key == base })?.value else { return nil }
      guard let key else { return whole }
      return changes(in: whole).changes.first { $0.key == key }?.value
    }
  }

  /// A place of the map.
  public struct Cell: Codable, Equatable, Sendable {
    /// Settings in which something could be replayed.
    public var settings = 0
    /// 1 − the best causal policy's total time / the baseline's, the mean over settings.
    public var improvement = 0.0
    /// Settings by what `screen`'s rule says of that policy.
    public var recommended = 0
    public var advisedAgainst = 0
    /// The best policies, by settings in which they are.
    public var policies: [String: Int] = [:]

    /// The verdict that all of its settings have; nil where they differ.
    public var verdict: Verdict? {
      if recommended == settings { return .recommend }
      if advisedAgainst == settings { return .doNot }
      return recommended + advisedAgainst == 0 ? .notEnoughEvidence : nil
    }
  }

  public let rowAxes: [Axis]
  public let columnAxes: [Axis]
  private var cells: [[String]: [[String]: Cell]] = [:]
  /// Settings without a value on an axis.
  public private(set) var settingsWithout = 0

  public init(rows: [Axis], columns: [Axis]) {
    (rowAxes, columnAxes) = (rows, columns)
  }

  /// - Parameter rows: of one setting.
  public mutating func add(_ rows: [StudyRow]) {
    var best = StudyBest()
    best.add(rows)
    guard let choice = best.choices.first else { return }
    let row = rowAxes.compactMap { $0.value(in: choice.setting) }
    let column = columnAxes.compactMap { $0.value(in: choice.setting) }
    guard row.count == rowAxes.count, column.count == columnAxes.count else {
      settingsWithout += 1
      return
    }
    var cell = cells[row]?[column] ?? Cell()
    cell.improvement = (cell.improvement * Double(cell.settings) + choice.total) / Double(cell.settings + 1)
    cell.settings += 1
    cell.recommended += choice.finding.verdict == .recommend ? 1 : 0
    cell.advisedAgainst += choice.finding.verdict == .doNot ? 1 : 0
    cell.policies[choice.policy, default: 0] += 1
    cells[row, default: [:]][column] = cell
  }

  /// Values of the axes, numbers by their size.
  public var rows: [[String]] { cells.keys.sorted(by: Self.precedes) }
  public var columns: [[String]] { Set(cells.values.flatMap(\.keys)).sorted(by: Self.precedes) }

  public subscript(row: [String], column: [String]) -> Cell? { cells[row]?[column] }

  static func precedes(_ one: [String], _ other: [String]) -> Bool {
    for (a, b) in zip(one, other) where a != b {
      guard let (x, y) = number(a).flatMap({ x in number(b).map { (x, $0) } }), x != y else { return a < b }
      return x < y
    }
    return false
  }

  /// Of a value with or without a unit.
  package static func number(_ text: String) -> Double? {
    Double(text) ?? text.split(separator: " ").first.flatMap { Double($0) }
  }
}
