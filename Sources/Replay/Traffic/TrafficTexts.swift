import Diagnostics
import RoutingTrace

/// What layers send, as text: made by whichever thread observes it, given out in the order of steps, policies and layers.
public final class TrafficTexts: TrafficObserver {
  /// Text of one layer of one step under one policy; `step` is the step's number in the trace, `layer` the layer's in the
  /// model.
  public typealias Maker = @Sendable (_ traffic: ObservedTraffic, _ step: Int, _ layer: Int) throws -> String

  private struct State {
    /// Numbers of the steps read, by ordinal.
    var numbers: [Int] = []
    /// `[policies][layers]` texts of steps that are not given out, by ordinal.
    var waiting: [Int: [String?]] = [:]
    var next = 0
  }

  private let policies: [String]
  private let layerNumbers: [Int]
  private let make: Maker
  private let state = Guarded(State())

  /// - Parameters:
  ///   - policies: their names in the order of the texts; others are passed over.
  ///   - layerNumbers: of the trace's layers in the model.
  public init(policies: [String], layerNumbers: [Int], make: @escaping Maker) {
    self.policies = policies
    self.layerNumbers = layerNumbers
    self.make = make
  }

  /// The steps to replay, which have their numbers from the trace.
  public func numbered(_ source: any StepSource) -> any StepSource {
    WatchedSteps(source) { step in self.state.withLock { $0.numbers.append(step.number) } }
  }

  public func observe(_ traffic: ObservedTraffic) throws {
    guard let policy = policies.firstIndex(of: traffic.policy) else { return }
    let number = state.withLock { $0.numbers[traffic.step] }
    let text = try make(traffic, number, layerNumbers[traffic.layer])
    let all = policies.count * layerNumbers.count
    state.withLock {
      $0.waiting[traffic.step, default: Array(repeating: nil, count: all)][
        policy * layerNumbers.count + traffic.layer] =
        text
    }
  }

  /// The text of the steps that every policy is done with, each given out once.
  public func take() -> String {
    state.withLock { state in
      var text = ""
      while let step = state.waiting[state.next], !step.contains(nil) {
        for part in step { text += part ?? "" }
        state.waiting[state.next] = nil
        state.next += 1
      }
      return text
    }
  }
}
