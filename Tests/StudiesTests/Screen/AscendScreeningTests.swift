import Randomness
import Studies
import Testing

/// Laws of vllm-ascend's screening; its known answers are in the conformance suite.
@Suite struct AscendScreeningTests {
  private static let placement = [[0, 1], [2, 3], [4, 5], [6, 7]]

  /// Loads whose first experts are hot, with noise.
  private static func window(_ number: Int, seed: UInt64, hot: [Double] = [90, 80, 20, 20]) -> AscendScreening.Window {
    var random = SeededGenerator(seed: seed)
    let history = (0..<6).map { _ in
      (0..<8).map { (hot.indices.contains($0) ? hot[$0] : 10) + Double(random.below(5)) }
    }
    return .init(number: number, placement: placement, history: history)
  }

  private static func screened(_ windows: [AscendScreening.Window]) -> AscendScreening {
    windows.reduce(into: AscendScreening()) { $0.add($1) }
  }

  @Test func `a lasting hot rank is worth a trial, and an even one is not`() {
    let hot = Self.screened((1...4).map { Self.window($0, seed: UInt64($0)) })
    #expect(hot.verdict == .recommendTrial && hot.windows == 4 && hot.pairs == 3 && hot.reduction > 0.2)
    let even = Self.screened((1...4).map { Self.window($0, seed: UInt64($0), hot: []) })
    #expect(even.verdict == .notRecommendedNow && even.reason == .noPersistentRankImbalance)
  }

  @Test func `hot experts that turn over cannot be predicted`() {
    let turning = Self.screened(
      (1...4).map { number in
        var window = Self.window(number, seed: 1)
        if number % 2 == 0 { window.history = window.history.map { Array($0.reversed()) } }
        return window
      })
    #expect(turning.verdict == .insufficientEvidence && turning.reason == .hotspotsNotPredictable)
  }

  @Test func `shuffling the steps of a window changes nothing`() {
    let windows = (1...4).map { Self.window($0, seed: UInt64($0)) }
    let shuffled = windows.map { window in
      var window = window
      window.history.reverse()
      return window
    }
    let (first, second) = (Self.screened(windows), Self.screened(shuffled))
    #expect(first.verdict == second.verdict && first.candidate == second.candidate)
    #expect(first.baselinePeak == second.baselinePeak && first.candidatePeak == second.candidatePeak)
  }

  @Test func `a window that is missing, or a new placement, begins anew`() {
    let three = (1...3).map { Self.window($0, seed: UInt64($0)) }
    var moved = Self.window(4, seed: 4)
    moved.placement = [[0, 7], [2, 3], [4, 5], [6, 1]]
    for next in [Self.window(5, seed: 4), moved] {
      let screening = Self.screened(three + [next])
      #expect(screening.windows == 1 && screening.pairs == 0 && screening.reason == .needCompleteWindows)
    }
  }

  @Test func `without tokens nothing is hot and nothing is planned better`() {
    let silent = (1...3).map { number in
      AscendScreening.Window(
        number: number, placement: Self.placement, history: [Array(repeating: 0, count: 8)])
    }
    let screening = Self.screened(silent)
    #expect(screening.hot.isEmpty && screening.imbalanced == 0 && screening.reduction == 0)
  }
}
