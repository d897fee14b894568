import Diagnostics

/// Ranks that come or go before a step of a replay: `400 fail 3,7`, `800 join 3,7`, `0 leave 8-15`.
public struct RankChange: Equatable, Sendable {
  /// What happens to the ranks.
  public enum Kind: String, CaseIterable, Codable, Sendable {
    /// They die, with what they hold.
    case fail
    /// They go as planned, and give away before what nobody else holds.
    case leave
    /// They come, or come back, with nothing in their slots.
    case join
  }

  /// Steps of the replay that are over when it happens: 0 is before the first.
  public var step: Int
  public var kind: Kind
  /// Ascending.
  public var ranks: [Int]

  public init(step: Int, kind: Kind, ranks: [Int]) {
    self.step = step
    self.kind = kind
    self.ranks = ranks.sorted()
  }

  /// A step, a verb and ranks, one by one or as ranges.
  ///
  /// - Throws: `InputError` (usage) that says what was expected, and which verb is meant.
  public init(_ text: String) throws(InputError) {
    func fault(_ message: String) -> InputError {
      InputError("change '\(printable(text))': \(message)", status: .usage)
    }
    let words = text.split(whereSeparator: \.isWhitespace).map(String.init)
    guard words.count == 3 else { throw fault("expected a step, a verb and ranks, such as '400 fail 3,7'") }
    guard let step = Int(words[0]), 0...Self.mostSteps ~= step else {
      throw fault("step '\(printable(words[0]))', expected 0…\(Self.mostSteps)")
    }
    guard let kind = Kind(rawValue: words[1]) else {
      let names = Kind.allCases.map(\.rawValue)
      throw fault("unknown verb '\(printable(words[1]))'\(suggestion(for: words[1], in: names))")
    }
    var ranks: [Int] = []
    for part in words[2].split(separator: ",", omittingEmptySubsequences: false) {
      let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
      guard 1...2 ~= ends.count, let first = ends[0], let last = ends[ends.count - 1], first <= last,
        0..<Cluster.maximumRanks ~= first, 0..<Cluster.maximumRanks ~= last
      else { throw fault("ranks '\(printable(String(part)))', expected ranks such as 3,7 or 8-15") }
      ranks += first...last
    }
    if let twice = Dictionary(grouping: ranks, by: \.self).filter({ $1.count > 1 }).keys.min() {
      throw fault("rank \(twice) is there twice")
    }
    self.init(step: step, kind: kind, ranks: ranks)
  }

  /// The latest step that can be named.
  public static let mostSteps = 1_000_000_000

  /// What `init(_:)` reads back.
  public var text: String { "\(step) \(kind.rawValue) \(rankText)" }

  /// `3,7` or `8-15`: neighbours as ranges.
  public var rankText: String {
    var runs: [ClosedRange<Int>] = []
    for rank in ranks {
      if let last = runs.last, last.upperBound + 1 == rank {
        runs[runs.count - 1] = last.lowerBound...rank
      } else {
        runs.append(rank...rank)
      }
    }
    return runs.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
      .joined(separator: ",")
  }
}

/// The changes of a replay, one after another, as far as they can happen.
public struct RankChanges: Equatable, Sendable {
  /// By step; those of one step in the order in which they were given.
  public let all: [RankChange]

  /// - Throws: `InputError` (usage) for a rank that is none, that is dead already or alive, or when none is left.
  public init(_ changes: [RankChange], ranks: Int) throws(InputError) {
    all = changes.enumerated().sorted { ($0.element.step, $0.offset) < ($1.element.step, $1.offset) }.map(\.element)
    var alive = Set(0..<ranks)
    for change in all {
      func fault(_ message: String) -> InputError {
        InputError("change '\(change.text)': \(message)", status: .usage)
      }
      for rank in change.ranks {
        guard rank < ranks else { throw fault("rank \(rank), expected 0…\(ranks - 1)") }
        switch change.kind {
        case .fail, .leave:
          guard alive.remove(rank) != nil else { throw fault("rank \(rank) is gone already") }
        case .join:
          guard alive.insert(rank).inserted else { throw fault("rank \(rank) is there already") }
        }
      }
      guard !alive.isEmpty else { throw fault("no rank is left") }
    }
  }

  public var isEmpty: Bool { all.isEmpty }

  /// Ranks that are there in a step.
  ///
  /// - Parameter ranks: of the cluster.
  public func count(atStep step: Int, of ranks: Int) -> Int {
    all.reduce(ranks) { count, change in
      guard change.step <= step else { return count }
      return change.kind == .join ? count + change.ranks.count : count - change.ranks.count
    }
  }

  /// Of one step.
  public func at(step: Int) -> [RankChange] { all.filter { $0.step == step } }

  /// The first step after this one that has any.
  public func next(after step: Int) -> Int? { all.first { $0.step > step }?.step }
}
