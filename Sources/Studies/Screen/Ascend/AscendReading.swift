import Diagnostics
import LoadBalancing
import Replay
import RoutingTrace

extension Screening {
  /// vllm-ascend's screening of the recording, and what the plans that it tries come to in time.
  public struct Ascend: Codable, Equatable, Sendable {
    public struct Layer: Codable, Equatable, Sendable {
      /// Number of the layer in the model.
      public var layer: Int
      public var verdict: AscendScreening.Verdict
      public var reason: AscendScreening.Reason
      public var windows: Int
      public var pairs: Int
      public var imbalanced: Int
      public var stable: Int
      public var improved: Int
      /// By how much the plans lowered the hottest rank's tokens in the windows after them.
      public var reduction: Double
      /// Less time of communication and experts of this layer, as replayed: 1 − time / the baseline's.
      public var gain: Double
    }

    /// Steps of a window.
    public var window: Int
    /// The policy whose plans are as those that the rule tries: experts packed anew after every window.
    public var policy: String
    /// Of total time, with the moves that steps waited for.
    public var gain: Double
    public var layers: [Layer]
  }
}

/// Screens every layer of a recording by vllm-ascend's rule, and replays the plans that it tries.
struct AscendReading {
  /// Steps that vllm-ascend collects before it plans.
  private static let longestWindow = 600
  /// Windows that a shorter recording is cut into.
  private static let windows = 6

  let setting: ReplaySetting
  let threads: Int
  /// Gives a shipped policy by its name.
  let policy: (String) throws -> BalancingPolicy

  /// - Parameters:
  ///   - steps: of the recording.
  ///   - open: opens them from the first.
  func run(steps: Int, open: () throws -> any StepSource) throws -> Screening.Ascend {
    let header = setting.header
    let (experts, ranks) = (header.experts, setting.cluster.ranks)
    guard experts % ranks == 0 else {
      throw InputError(
        "is for one slot per expert, but \(experts) experts do not divide over \(ranks) ranks", in: "--rule ascend",
        status: .usage)
    }
    let window = min(Self.longestWindow, max(1, steps / Self.windows))
    let varied = try policy("greedy").varied(slotsPerRank: nil, window: window, interval: window)
    let each = experts / ranks
    let placement = (0..<ranks).map { Array($0 * each..<($0 + 1) * each) }
    var rules = Array(repeating: AscendScreening(), count: header.layers)
    var histories = Array(repeating: [[Double]](), count: header.layers)
    var (inWindow, number) = (0, 0)
    let watched = WatchedSteps(try open()) { step in
      var load = ExpertLoad(zeroFor: header.layers, experts: experts)
      load.add(step)
      for layer in histories.indices { histories[layer].append(Array(load[layer])) }
      inWindow += 1
      guard inWindow == window else { return }
      number += 1
      for layer in rules.indices {
        rules[layer].add(.init(number: number, placement: placement, history: histories[layer]))
        histories[layer].removeAll(keepingCapacity: true)
      }
      inWindow = 0
    }
    let heading = WorkProgress.begin("asking vllm-ascend's rule")
    defer { heading?.end() }
    let job = ReplayJob(setting: setting, policies: [varied], threads: threads)
    let result = try job.run(on: watched).result
    return Screening.Ascend(
      window: window, policy: varied.name, gain: result.policies[1].improvement.total,
      layers: zip(rules, header.layerNumbers.indices).map { rule, index in
        Screening.Ascend.Layer(rule, number: header.layerNumbers[index], index: index, in: result)
      })
  }
}

extension Screening.Ascend.Layer {
  fileprivate init(_ rule: AscendScreening, number: Int, index: Int, in result: ReplayResult) {
    func time(_ policy: PolicyResult) -> Double {
      policy.perLayer.map { $0[index].comm + ($0[index].experts ?? 0) } ?? 0
    }
    let (before, after) = (time(result.policies[0]), time(result.policies[1]))
    self.init(
      layer: number, verdict: rule.verdict, reason: rule.reason, windows: rule.windows, pairs: rule.pairs,
      imbalanced: rule.imbalanced, stable: rule.stable, improved: rule.improved, reduction: rule.reduction,
      gain: before > 0 ? 1 - after / before : 0)
  }
}
