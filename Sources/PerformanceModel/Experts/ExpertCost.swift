/// What a layer's expert kernels cost on its slowest rank.
public struct ExpertCost: Equatable, Sendable {
  /// Microseconds, launch and floors included.
  public var time: Double
  /// Microseconds of memory traffic alone.
  public var memory: Double
  /// Microseconds of arithmetic alone, as executed.
  public var math: Double
  /// The part of it that is on tokens: without padding and idle waves.
  public var usefulMath: Double
  /// Experts whose weights are read, shared ones included; of all ranks together in a layer's cost.
  public var touchedExperts: Double
  /// Microseconds of `time` that neither memory nor arithmetic takes: launches, or the floor in place of all else.
  public var fixed: Double
  /// Microseconds of `time` in which the mean rank is done and waits for the slowest, in a layer's cost; a rank without
  /// tokens waits all of it.
  public var waiting = 0.0
  /// Microseconds of `time` that run while tokens are dispatched, if that takes as long.
  public package(set) var besideDispatch = 0.0

  public init(
    time: Double = 0, memory: Double = 0, math: Double = 0, usefulMath: Double = 0, touchedExperts: Double = 0,
    fixed: Double = 0
  ) {
    self.time = time
    self.memory = memory
    self.math = math
    self.usefulMath = usefulMath
    self.touchedExperts = touchedExperts
    self.fixed = fixed
  }

  /// This and other kernels after it.
  func followed(by other: ExpertCost) -> ExpertCost {
    var both = self
    both.time += other.time
    both.memory += other.memory
    both.math += other.math
    both.usefulMath += other.usefulMath
    both.touchedExperts += other.touchedExperts
    both.fixed += other.fixed
    both.besideDispatch += other.besideDispatch
    return both
  }

  /// The same while tokens are dispatched.
  func movedBesideDispatch() -> ExpertCost {
    var moved = self
    moved.besideDispatch = time
    return moved
  }

  /// Takes off what runs while tokens are dispatched.
  ///
  /// - Parameter dispatch: microseconds.
  public mutating func hide(behind dispatch: Double) {
    let hidden = min(besideDispatch, dispatch)
    time -= hidden
    besideDispatch -= hidden
  }
}

/// What a layer waits for longest.
public enum Bottleneck: String, CaseIterable, Sendable {
  case communication, memory, math, fetch

  /// A stall when it takes longer than both others; communication when it takes longer than the experts; else the larger
  /// part of the experts' kernels.
  ///
  /// - Parameter stall: microseconds of waiting for experts that were not at hand.
  public init(communication: Double, experts: ExpertCost, stall: Double = 0) {
    if stall > max(communication, experts.time) {
      self = .fetch
    } else if communication > experts.time {
      self = .communication
    } else {
      self = experts.memory > experts.math ? .memory : .math
    }
  }
}
