/// Which steps of a recording are wanted, by their ordinals from 0.
enum WantedSteps: Equatable, Sendable {
  case all
  /// Up to `Int.max` for all from the first.
  case range(Range<Int>)
  /// Ascending.
  case chosen([Int])

  /// What no wanted ordinal reaches.
  var end: Int {
    switch self {
    case .all: .max
    case .range(let range): range.upperBound
    case .chosen(let ordinals): ordinals.last.map { $0 + 1 } ?? 0
    }
  }

  func contains(_ ordinal: Int) -> Bool { count(in: ordinal..<ordinal + 1) > 0 }

  func count(in run: Range<Int>) -> Int {
    switch self {
    case .all: run.count
    case .range(let range): range.clamped(to: run).count
    case .chosen(let ordinals): Self.part(of: ordinals, in: run).count
    }
  }

  func ordinals(in run: Range<Int>) -> [Int] {
    switch self {
    case .all: Array(run)
    case .range(let range): Array(range.clamped(to: run))
    case .chosen(let ordinals): Array(Self.part(of: ordinals, in: run))
    }
  }

  /// Those of a file whose steps have these ordinals, counted from its first.
  func part(_ run: Range<Int>) -> WantedSteps {
    let count = count(in: run)
    if count == run.count { return .all }
    switch self {
    case .all: return .all
    case .range(let range):
      let part = range.clamped(to: run)
      return part.isEmpty ? .chosen([]) : .range(part.lowerBound - run.lowerBound..<part.upperBound - run.lowerBound)
    case .chosen: return .chosen(ordinals(in: run).map { $0 - run.lowerBound })
    }
  }

  private static func part(of ordinals: [Int], in run: Range<Int>) -> ArraySlice<Int> {
    ordinals[place(of: run.lowerBound, in: ordinals)..<place(of: run.upperBound, in: ordinals)]
  }

  /// How many of the ordinals lie before one.
  private static func place(of ordinal: Int, in ordinals: [Int]) -> Int {
    var (low, high) = (0, ordinals.count)
    while low < high {
      let middle = (low + high) / 2
      if ordinals[middle] < ordinal { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

/// A step and its place in the recording, from 0.
struct OrdinalStep: Sendable {
  var ordinal: Int
  var step: RoutingStep
}
