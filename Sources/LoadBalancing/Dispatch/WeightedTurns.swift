import Diagnostics

/// Which replicas a placement's experts send their visits to by its shares, dealt once for all steps: what an expert's
/// j-th visit gets hangs on nothing but the shares, so that more visits only lengthen what was dealt.
final class WeightedTurns: Sendable {
  /// Where an expert's next visit stands among those that are dealt.
  struct Cursor: Sendable {
    var next: UInt32
    /// 0 for an expert with one replica, whose visits are all one.
    var step: UInt32
  }

  struct Dealt: Sendable {
    /// `[experts]` before the first visit.
    var cursors: [Cursor] = []
    /// `[experts]` where each one's visits end.
    var ends: [UInt32] = []
    /// Slots of visits, expert by expert; an expert with one replica has it once.
    var slots: [UInt16] = []
  }

  private let last = Guarded<Dealt?>(nil)

  /// What was dealt last; nil before the first visit.
  var dealt: Dealt? {
    get { last.withLock { $0 } }
    set { last.withLock { $0 = newValue } }
  }
}
