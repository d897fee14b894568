import Diagnostics
import PerformanceModel
import Replay

/// The sizes of a group that have room for a phase.
struct PhaseRoom {
  private let trial: PhaseTrial
  /// By steps that make one.
  private let fitting: [(batchSize: Int, settings: [ReplaySetting])]
  /// Ranks of the smallest that has room.
  let least: Int

  /// - Parameter batchSizes: one or more.
  /// - Throws: what reading throws; `InputError` (usage) if none has room.
  init(_ trial: PhaseTrial, _ request: RequestShape, _ batchSizes: [Int]) throws {
    self.trial = trial
    let survey = try PhaseSurvey(of: trial, trial.setting(ranks: trial.smallest(), request))
    var shortage: String?
    fitting = try batchSizes.map { batchSize in
      let (settings, why) = try trial.fitting(request, largest: survey.largest(batchSize: batchSize))
      shortage = shortage ?? why
      return (batchSize, settings)
    }
    guard let least = fitting.compactMap(\.settings.first?.cluster.ranks).min() else {
      throw InputError(
        "no size of a group has room for \(trial.phase). \(shortage ?? "")", in: "--split", status: .usage)
    }
    self.least = least
  }

  /// The phase as groups of so many ranks at most serve it.
  func servers(upTo ranks: Int, threads: Int) throws -> [PhaseServer] {
    try fitting.flatMap { batchSize, settings in
      try trial.servers(on: settings.filter { $0.cluster.ranks <= ranks }, batchSize: batchSize, threads: threads)
    }
  }
}

extension PhaseTrial {
  /// Ranks of the smallest group, whether it has room or not.
  ///
  /// - Throws: `InputError` (usage) if there is none.
  func smallest() throws(InputError) -> Int {
    guard let smallest = sizes().first else {
      throw InputError(
        "no size of a group divides \(header.experts) experts, or the slots of policy \(policy.name)",
        in: "cluster \(machine.name)", status: .usage)
    }
    return smallest
  }
}
