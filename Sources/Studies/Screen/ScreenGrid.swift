import Diagnostics
import Foundation
import LoadBalancing
import PerformanceModel
import Replay

/// A strategy that screening tries.
struct ScreenCandidate: Sendable {
  var policy: BalancingPolicy
  /// The shipped policy that it varies.
  var base: String
  /// Nil for a planner that makes no replicas.
  var redundantSlotsPerRank: Int?
  var window: Int
  /// Steps between plans.
  var interval: Int
}

/// The strategies of `advise --tune` that a target can serve and that fit a rank's memory.
struct ScreenGrid {
  /// Policies that without redundant slots are another one, or nothing.
  private static let needReplicas: Set = ["layer-budget", "distribution-only", "fractional-waterfill"]
  /// Experts beyond which `affinity` plans for longer than a step of the search may take.
  static let mostPairedExperts = 128

  private let setting: ReplaySetting
  private let target: ServingTarget
  /// Bytes of replicas on a rank, over all MoE layers of the model, at most; nil for what the GPU has.
  private let memory: Double?
  /// Tokens whose keys and values a rank keeps; nil when that is not known.
  private let keptTokens: Double?
  /// Shipped policies, by name.
  let bases: [String: BalancingPolicy]
  /// What was left out, and why.
  private(set) var notes: [String] = []

  /// - Parameter policy: gives a shipped policy by its name.
  /// - Throws: what `policy` throws; `InputError` (usage) for memory that is some, but less than a redundant slot takes.
  init(
    _ setting: ReplaySetting, target: ServingTarget, memory: Double?, keptTokens: Double? = nil,
    policy: (String) throws -> BalancingPolicy
  ) throws {
    self.setting = setting
    self.keptTokens = keptTokens
    self.target = target
    self.memory = memory
    let slot = Self.slotBytes(of: setting.model)
    if let memory, memory > 0, memory < slot {
      throw InputError(
        "less than a redundant slot on a rank takes, \(Self.gigabytes(slot)) in \(setting.model.moeLayers) MoE layers; "
          + "0 GB tries none", in: "--memory", status: .usage)
    }
    var (bases, late) = ([String: BalancingPolicy](), [String]())
    for name in TuneJob.policies {
      let shipped = try policy(name)
      if shipped.planner.needs.takeRecording, setting.header.experts > Self.mostPairedExperts {
        late.append(name)
      } else {
        bases[name] = shipped
      }
    }
    self.bases = bases
    if !late.isEmpty {
      notes.append(
        "Left out, as planning for \(setting.header.experts) experts takes long: \(late.joined(separator: ", ")).")
    }
    noteObjections()
  }

  /// One note for each reason, with the policies that it keeps out.
  private mutating func noteObjections() {
    var lines: [(reason: String, names: [String])] = []
    for name in TuneJob.policies {
      guard let policy = bases[name], let reason = target.objection(to: policy) else { continue }
      if let known = lines.firstIndex(where: { $0.reason == reason }) {
        lines[known].names.append(name)
      } else {
        lines.append((reason, [name]))
      }
    }
    notes += lines.map {
      "Left out, as \(target.name) \($0.reason): \($0.names.joined(separator: ", "))."
    }
  }

  /// Bytes that one redundant slot on a rank takes in all MoE layers of the model.
  static func slotBytes(of model: ModelShape) -> Double { Double(model.moeLayers) * model.expertBytes }

  private static func gigabytes(_ bytes: Double) -> String { String(format: "%.3g GB", bytes / 1e9) }

  /// All policies with one interval, each without and with a redundant slot where it can be.
  func first(interval: Int) throws -> [ScreenCandidate] {
    try TuneJob.policies.flatMap { name -> [ScreenCandidate] in
      guard let base = bases[name] else { return [] }
      let slots: [Int?] =
        base.slotBudget == .onePerExpert ? [nil] : Self.needReplicas.contains(name) ? [1] : [0, 1]
      return try slots.compactMap {
        try candidate(name, redundantSlotsPerRank: $0, window: interval, interval: interval)
      }
    }
  }

  /// Nil where the target cannot serve it or it does not fit.
  func candidate(
    _ base: String, redundantSlotsPerRank slots: Int?, window: Int, interval: Int
  ) throws -> ScreenCandidate? {
    guard let shipped = bases[base] else { return nil }
    guard target.objection(to: shipped) == nil else { return nil }
    let policy = try shipped.varied(slotsPerRank: slots, window: window, interval: interval)
      .varied(for: target, knowsTokens: setting.header.content == .tokens)
    guard try fits(policy) else { return nil }
    return ScreenCandidate(
      policy: policy, base: base, redundantSlotsPerRank: slots, window: window, interval: interval)
  }

  private func fits(_ policy: BalancingPolicy) throws(InputError) -> Bool {
    let (experts, ranks) = (setting.header.experts, setting.cluster.ranks)
    let slots = try policy.slots(experts: experts, ranks: ranks)
    if !target.allowsDuplicates, slots / ranks > experts { return false }
    let redundant = Double(slots - experts) / Double(ranks)
    if let memory, redundant * Self.slotBytes(of: setting.model) > memory { return false }
    return try setting.shortage(of: policy, keptTokens: keptTokens) == nil
  }
}
