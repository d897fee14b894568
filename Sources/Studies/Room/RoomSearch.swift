import Diagnostics
import LoadBalancing
import PerformanceModel
import Replay
import RoutingTrace

/// How much memory for experts keeps a share of the speed that a rank has with all of them at hand.
///
/// Rooms from a twentieth of a rank's experts to all of them are replayed in one reading of the trace, then some between
/// the last that is too little and the first that is enough. Speeds are of the second half of the steps: the first finds
/// caches empty.
public struct RoomSearch {
  private static let shares = [0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]
  private static let refinements = 7

  private let setting: ReplaySetting
  private let policy: BalancingPolicy
  private let threads: Int
  private let open: () throws -> any StepSource

  /// - Parameters:
  ///   - policy: with a cache; its room is what is tried.
  ///   - open: opens the steps from the first.
  /// - Throws: `InputError` (usage) for a policy without a cache.
  public init(
    setting: ReplaySetting, policy: BalancingPolicy, threads: Int, open: @escaping () throws -> any StepSource
  ) throws(InputError) {
    guard policy.cache != nil else {
      throw InputError("no cache, whose room could change", in: "policy \(policy.name)", status: .usage)
    }
    (self.setting, self.policy, self.threads, self.open) = (setting, policy, threads, open)
  }

  /// - Parameter speed: share of the speed with all experts at hand that is wanted, above 0 and at most 1.
  public func run(speed: Double) throws -> RoomResult {
    let slots = try policy.slots(experts: setting.header.experts, ranks: setting.cluster.ranks)
    let all = setting.header.layers * slots / setting.cluster.ranks
    let least = max(setting.topK, policy.cache?.replacement.isPerLayer == true ? setting.header.layers : 1)
    let grid = Set(Self.shares.map { min(all, max(least, Int(($0 * Double(all)).rounded(.up)))) }).sorted()
    var (rooms, passed) = try replay(grid)
    if let enough = rooms.first(where: { $0.speed >= speed })?.experts {
      let tooLittle = grid.last { $0 < enough } ?? enough
      let parts = Self.refinements + 1
      let between = Set((1..<parts).map { tooLittle + (enough - tooLittle) * $0 / parts })
      rooms += try replay(between.subtracting(grid).sorted()).rooms
    }
    rooms.sort { $0.experts < $1.experts }
    return RoomResult(
      trace: setting.header.name, cluster: setting.cluster.name, ranks: setting.cluster.ranks,
      model: setting.model.name, policy: policy.name, speed: speed, steps: passed.steps,
      stepTime: passed.baseline, hasAttention: setting.serving != nil, all: room(of: all),
      least: rooms.first { $0.speed >= speed }, rooms: rooms)
  }

  private func room(of experts: Int) -> Double {
    let (layers, ofModel) = (setting.header.layers, max(setting.model.moeLayers, setting.header.layers))
    return Double(experts) * setting.model.expertBytes * Double(ofModel) / Double(layers)
  }

  private func replay(_ experts: [Int]) throws -> (
    rooms: [RoomResult.Room], passed: (steps: Int, baseline: Double)
  ) {
    guard !experts.isEmpty else { return ([], (0, 0)) }
    let policies = experts.map { policy.holding($0) }
    let job = ReplayJob(setting: setting, policies: policies, seed: 0, threads: threads, open: open)
    let pass = try ReplayPass([job], threads: threads, open: open).run(on: open(), keepsCourses: true)
    let (result, courses) = (pass.results[0][0], pass.courses[0][0])
    let scale = Double(max(setting.model.moeLayers, setting.header.layers)) / Double(setting.header.layers)
    let times = zip(result.policies, courses).map { policy, course in
      let steps = course.time.totalPerStep
      let later = steps[(steps.count / 2)...]
      let outside = policy.serving.map { $0.attentionTime + $0.denseTime } ?? 0
      return later.isEmpty ? outside : later.reduce(0, +) / Double(later.count) * scale + outside
    }
    guard times[0] > 0 else {
      throw InputError(
        "steps take no time with all experts at hand: cluster \(setting.cluster.name) does not describe its GPUs",
        in: "--speed", status: .usage)
    }
    let rooms = experts.indices.map { index in
      RoomResult.Room(
        experts: experts[index], bytes: room(of: experts[index]),
        hitRate: result.policies[index + 1].cache?.hitRate ?? 0, stepTime: times[index + 1],
        speed: times[0] / times[index + 1])
    }
    return (rooms, (courses[0].time.totalPerStep.count, times[0]))
  }
}
