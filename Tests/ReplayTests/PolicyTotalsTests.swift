import PerformanceModel
import Replay
import Testing

@Suite struct PolicyTotalsTests {
  static func step(_ microseconds: Double) -> [LayerOutcome] {
    var outcome = LayerOutcome()
    outcome.time = LayerTime(dispatch: microseconds, experts: 0, combine: 0)
    return [outcome]
  }

  @Test func blockingMovesDelayTheNextStep() {
    var totals = PolicyTotals()
    totals.add(Self.step(10), overlap: .none)
    totals.beginRebalance()
    totals.move(3, bytes: 30, time: 5, migration: .blocking)
    totals.add(Self.step(10), overlap: .none)
    totals.exposePendingMigration()
    #expect(totals.time.migration == 5)
    #expect(totals.time.totalPerStep == [10, 15])
    #expect(totals.time.commPerStep == [10, 10])
    #expect(totals.moves.movedExperts == 3)
  }

  @Test func overlappedMovesCostWhatTheStepsBehindThemCannotHide() {
    var totals = PolicyTotals()
    totals.beginRebalance()
    totals.move(1, bytes: 10, time: 25, migration: .overlapped)
    totals.add(Self.step(10), overlap: .none)
    totals.add(Self.step(10), overlap: .none)
    totals.beginRebalance()
    totals.move(1, bytes: 10, time: 15, migration: .overlapped)
    totals.add(Self.step(10), overlap: .none)
    totals.add(Self.step(10), overlap: .none)
    totals.exposePendingMigration()
    #expect(totals.time.migration == 5)
    #expect(totals.time.totalPerStep == [10, 15, 10, 10])
  }

  @Test func movesOfOneRebalanceAddUpBehindTheSteps() {
    var totals = PolicyTotals()
    totals.beginRebalance()
    totals.move(1, bytes: 10, time: 12, migration: .overlapped)
    totals.add(Self.step(10), overlap: .none)
    totals.move(1, bytes: 10, time: 12, migration: .overlapped)
    totals.add(Self.step(10), overlap: .none)
    totals.exposePendingMigration()
    #expect(totals.time.migration == 4)
    #expect(totals.moves.rebalances == 1 && totals.moves.movedExperts == 2)
  }

  @Test func predictionDelaysEveryStep() {
    var totals = PolicyTotals()
    totals.add(Self.step(10), overlap: .none, prediction: 3)
    #expect(totals.time.totalPerStep == [13])
    #expect(totals.time.prediction == 3)
  }
}
