import Diagnostics
import Foundation
import LoadBalancing
import PerformanceModel

/// Whether what a policy keeps on a rank fits into the rank's GPU.
struct MemoryCheck {
  private let policy: BalancingPolicy
  private let slotsPerRank: Double
  private let hasRedundantSlots: Bool
  private let account: MemoryAccount
  /// Bytes of a GPU.
  private let memory: Double
  private let cluster: String

  /// Nil for a cluster that does not describe its GPUs.
  ///
  /// - Parameters:
  ///   - slotsPerRank: mean over layers.
  ///   - keptTokens: tokens whose keys and values a rank keeps; nil when that is not known.
  ///   - removedExperts: experts of each layer that are pruned or merged away, and kept nowhere.
  init?(
    of policy: BalancingPolicy, slotsPerRank slots: Double, on setting: ReplaySetting, keptTokens: Double? = nil,
    removedExperts: Int = 0
  ) {
    guard let memory = setting.cluster.gpu?.memory else { return nil }
    self.policy = policy
    let ranks = setting.cluster.ranks
    hasRedundantSlots = slots > Double((setting.header.experts + ranks - 1) / ranks)
    // A cache has the room that it has, whatever is kept there.
    slotsPerRank = policy.cache == nil ? slots - Double(removedExperts) / Double(ranks) : slots
    account = MemoryAccount(model: setting.model, slotsPerRank: slotsPerRank, keptTokens: keptTokens)
    self.memory = memory
    cluster = setting.cluster.name
  }

  private var fits: Bool { account.total <= memory }

  /// - Throws: `InputError` (usage) if the policy has redundant slots that do not fit.
  func requireRoom() throws(InputError) {
    guard !fits, hasRedundantSlots else { return }
    throw InputError(shortage, in: "policy \(policy.name)", status: .usage)
  }

  /// `8 slots a layer take 92.9 GB on a rank (experts 90.2 GB, attention 2.7 GB), but a GPU of h100-ib has 80.0 GB`.
  private var shortage: String {
    let parts = account.parts.map { "\($0.name) \(Self.gigabytes($0.bytes))" }.joined(separator: ", ")
    let unknown = account.unknown.map { "; \($0) not known" }.joined()
    return "\(String(format: "%g", slotsPerRank)) slots a layer take \(Self.gigabytes(account.total)) on a rank "
      + "(\(parts)\(unknown)), but a GPU of \(cluster) has \(Self.gigabytes(memory))"
  }

  private static func gigabytes(_ bytes: Double) -> String { String(format: "%.1f GB", bytes / 1e9) }

  /// A note for each different shortage, with the policies that have it.
  static func notes(_ checks: [MemoryCheck]) -> [String] {
    var notes: [(shortage: String, policies: [String])] = []
    for check in checks where !check.fits {
      if let place = notes.firstIndex(where: { $0.shortage == check.shortage }) {
        notes[place].policies.append(check.policy.name)
      } else {
        notes.append((check.shortage, [check.policy.name]))
      }
    }
    return notes.map { "Does not fit (\($0.policies.joined(separator: ", "))): \($0.shortage)." }
  }
}

extension ReplaySetting {
  /// Why the policy's redundant slots do not fit a GPU of the cluster; nil if they do.
  ///
  /// - Parameter keptTokens: tokens whose keys and values a rank keeps; nil when that is not known.
  package func shortage(of policy: BalancingPolicy, keptTokens: Double? = nil) throws(InputError) -> String? {
    let check = MemoryCheck(of: policy, slotsPerRank: try slotsPerRank(of: policy), on: self, keptTokens: keptTokens)
    do throws(InputError) { try check?.requireRoom() } catch { return error.message }
    return nil
  }

  /// A note when what the policy keeps on a rank does not fit a GPU of the cluster, redundant slots or not.
  ///
  /// - Parameter keptTokens: tokens whose keys and values a rank keeps; nil when that is not known.
  package func memoryNotes(of policy: BalancingPolicy, keptTokens: Double? = nil) throws(InputError) -> [String] {
    MemoryCheck(of: policy, slotsPerRank: try slotsPerRank(of: policy), on: self, keptTokens: keptTokens)
      .map { MemoryCheck.notes([$0]) } ?? []
  }

  /// Experts of a layer that a rank has room for, mean over layers.
  private func slotsPerRank(of policy: BalancingPolicy) throws(InputError) -> Double {
    if let cache = policy.cache { return try CacheRoom(cache, on: self, policy: policy).slotsPerRank }
    let slots = try policy.slots(experts: header.experts, ranks: cluster.ranks)
    return Double(slots / cluster.ranks) + policy.arrivalSlotsPerLayer(on: self)
  }
}
