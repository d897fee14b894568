/// What a stage of work counts.
public enum WorkUnit: String, Sendable {
  case bytes, steps, replays, trials, rows, tables, groups, jobs
}

/// A stage of work under way.
struct WorkStage {
  /// Where a fraction is heading, as far as that is known.
  private struct Goal {
    var from = 0.0
    var to = 0.0
    var doneBefore = 0
    var count = 0
  }

  let number: Int
  let name: String
  let unit: WorkUnit?
  let total: Int?
  /// Of each that is counted.
  let parts: Int
  let start: ContinuousClock.Instant
  /// Parts.
  var done = 0
  private var goal: Goal?

  init(number: Int, name: String, unit: WorkUnit?, total: Int?, parts: Int, start: ContinuousClock.Instant) {
    self.number = number
    self.name = name
    self.unit = unit
    self.total = total
    self.parts = parts
    self.start = start
  }

  var count: Int { done / parts }

  func rate(now: ContinuousClock.Instant) -> WorkStanding.Rate? {
    let seconds = (now - start) / .seconds(1)
    return unit.flatMap { seconds > 0 ? WorkStanding.Rate(Double(done) / Double(parts) / seconds, $0) : nil }
  }

  mutating func expect(_ fraction: Double?, after count: Int) {
    goal = fraction.map { Goal(from: self.fraction(within: nil) ?? 0, to: $0, doneBefore: done, count: count) }
  }

  /// Of the stage, nil if unknown.
  ///
  /// - Parameter inner: of the stage within, which is one that is counted.
  func fraction(within inner: Double?) -> Double? {
    if let total, total > 0 {
      // More than there are: what was said was wrong.
      return count > total ? nil : min(1, (Double(done) / Double(parts) + (inner ?? 0)) / Double(total))
    }
    guard let goal else { return nil }
    let part = goal.count > 0 ? min(1, Double(done - goal.doneBefore) / Double(goal.count)) : 1
    return goal.from + (goal.to - goal.from) * part
  }
}

/// How far work is at a moment.
public struct WorkStanding: Equatable, Sendable {
  /// What is done, such as `replaying`.
  public var name: String
  /// What is counted; nil for nothing.
  public var unit: WorkUnit?
  public var count: Int
  /// Nil if unknown, as is `fraction`.
  public var total: Int?
  /// 0…1.
  public var fraction: Double?
  /// Since counting began.
  public var seconds: Double
  /// How fast what is counted innermost goes by; nil before there is any.
  public var rate: Rate?

  public struct Rate: Equatable, Sendable {
    public var unit: WorkUnit
    public var perSecond: Double

    public init(_ perSecond: Double, _ unit: WorkUnit) {
      self.unit = unit
      self.perSecond = perSecond
    }
  }

  public init(
    name: String, unit: WorkUnit? = nil, count: Int = 0, total: Int? = nil, fraction: Double? = nil, seconds: Double,
    rate: Rate? = nil
  ) {
    self.name = name
    self.unit = unit
    self.count = count
    self.total = total
    self.fraction = fraction
    self.seconds = seconds
    self.rate = rate
  }

  /// The name of the outermost stage, the numbers of the first that counts, the rate of the last.
  init?(of stages: [WorkStage], now: ContinuousClock.Instant) {
    guard let outermost = stages.first else { return nil }
    let counting = stages.first { $0.unit != nil } ?? outermost
    self.init(
      name: outermost.name, unit: counting.unit, count: counting.count,
      total: counting.total.flatMap { $0 >= counting.count ? $0 : nil },
      fraction: stages.reversed().reduce(nil as Double?) { $1.unit == nil ? $0 : $1.fraction(within: $0) },
      seconds: (now - counting.start) / .seconds(1),
      rate: stages.last { $0.count > 0 && $0.unit != nil }?.rate(now: now))
  }
}
