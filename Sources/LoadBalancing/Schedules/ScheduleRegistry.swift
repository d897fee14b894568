import Diagnostics

/// The kinds of schedule that a policy file can name, each with how it is read from its section.
public enum Schedules {
  public static let registry = Registry<Maker<Settings, RebalanceSchedule.Kind>>(
    "schedule",
    [
      .init("never", "the static placement to the end") { _ in .never },
      .init("initial", "one plan, in force from the first step") { _ in .initial },
      .init("once", "one plan, after some steps") { settings throws(InputError) in
        .once(at: try settings.integer("at", in: steps))
      },
      .init("every", "a plan every so many steps") { settings throws(InputError) in
        let interval = try settings.integer("steps", in: steps)
        return .every(steps: interval, from: try settings.firstPlan(ofEvery: interval))
      },
      .init("threshold", "a plan when the placement in force is expected to be uneven") { settings throws(InputError) in
        .threshold(
          balancedness: try settings.number("balancedness", in: 0...1),
          checkEvery: try settings.integer("checkEvery", in: steps))
      },
      .init("cycle", "collect, plan, change layer by layer, and forget") { settings throws(InputError) in
        .cycle(
          collect: try settings.integer("collect", in: steps),
          plan: try settings.integer("plan", in: 0...steps.upperBound))
      },
      .init("every-layer", "each layer of each step, after the gate, by an exact planner") {
        settings throws(InputError) in .everyLayer(try LayerCharge(settings: settings))
      },
    ])

  /// Of a trace, at most.
  static let steps = 1...1_000_000_000
}

extension RebalanceSchedule {
  /// - Throws: `InputError` (usage) for what a policy file could not have.
  func check() throws(InputError) {
    try migration.check()
    let steps =
      switch kind {
      case .never, .initial, .everyLayer: 1
      case .once(let at): at
      case .every(let steps, let from): min(steps, from.map { $0 < 0 ? $0 : steps } ?? steps)
      case .threshold(_, let checkEvery): checkEvery
      case .cycle(let collect, let plan): plan < 0 ? plan : collect
      }
    guard Schedules.steps.contains(steps) else {
      throw InputError("schedule: \(steps) steps, expected 1…\(Schedules.steps.upperBound)", status: .usage)
    }
    if let contradiction { throw InputError("schedule: \(contradiction)", status: .usage) }
    if planSteps < 0 || unlessBalanced.map({ !(0...1).contains($0) }) ?? false {
      throw InputError("schedule: planSteps is 0 or more, unlessBalanced in 0…1", status: .usage)
    }
    if let charge, !(0...1e12).contains(min(charge.planMicroseconds, charge.syncMicroseconds)) {
      throw InputError("schedule: plan and sync are 0 or more", status: .usage)
    }
    if case .threshold(let balancedness, _) = kind, !(0...1).contains(balancedness) {
      throw InputError("schedule: balancedness \(balancedness), expected 0…1", status: .usage)
    }
  }
}
