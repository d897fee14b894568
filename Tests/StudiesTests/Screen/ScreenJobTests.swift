import CommandRunner
import Diagnostics
import Foundation
import LoadBalancing
import Presets
import Replay
import RoutingTrace
import Studies
import TestTraces
import Testing

/// What is tried, what is chosen on the first half, and what the second says of it.
@Suite struct ScreenJobTests {
  @Test func `a skew that stays is worth balancing, and the numbers are those of replay`() throws {
    let trace = ScreenFixture.steady
    let screening = try ScreenFixture.job(trace).run()
    #expect(screening.verdict == .recommend && screening.finding == .gains)
    let choice = try #require(screening.choice)
    let halves = try #require(screening.halves)
    #expect(halves.chosenOn == "0:48" && halves.heldBack == "48:96")
    let result = try ReplayJob(
      setting: Fixture.setting(trace), policies: [ScreenPolicy.named(choice.policy)], threads: 1
    ).run(on: ScreenFixture.open(trace, StepSelection(steps: 48..<96))).result.policies[1]
    #expect(choice.steady == result.steady && choice.improvement == result.improvement)
    #expect(choice.rebalances == result.rebalances)
    #expect(choice.memory.replicaBytesPerRank == result.memory.replicaBytesPerRank)
    #expect(choice.breakEven?.steps == result.breakEven?.steps)
    let steady = try #require(choice.steady)
    let saved = try #require(choice.perStep)
    #expect(try abs(#require(saved.savedLow) / saved.saved - #require(steady.totalLow) / steady.total) < 1e-12)
    let stood = try #require(screening.evidence.stoodFrom)
    #expect((1...48).contains(stood) && screening.evidence.steps == nil)
  }

  @Test func `the choice is the best that acted on the first half, and others are scored beside it`() throws {
    let screening = try ScreenFixture.job(ScreenFixture.steady).run()
    let gains = screening.strategies.compactMap(\.gain)
    #expect(gains == gains.sorted(by: >) && gains.count > 10)
    #expect(screening.strategies.filter { $0.movedExperts == 0 }.allSatisfy { $0.gain == nil && $0.heldBack == nil })
    #expect(screening.choice?.policy == screening.strategies.first?.policy)
    #expect(screening.choice?.promised == gains.first)
    #expect(screening.strategies.count { $0.heldBack != nil } >= 2)
    let names = screening.strategies.map(\.policy)
    #expect(Set(names).count == names.count)
    for base in ["eplb", "incremental", "fractional"] {
      let tried = screening.strategies.filter { $0.policy.hasPrefix("\(base):") }
      #expect(Set(tried.map { $0.redundantSlotsPerRank > 0 }) == [true, false], "\(base)")
    }
  }

  @Test func `the result does not depend on threads`() throws {
    let trace = ScreenFixture.skewed
    #expect(try ScreenFixture.job(trace, threads: 1).run() == ScreenFixture.job(trace, threads: 3).run())
  }

  @Test func `what parts save adds up to what is saved`() throws {
    let choice = try #require(try ScreenFixture.job(ScreenFixture.steady).run().choice)
    let (decides, steady) = (try #require(choice.decides), try #require(choice.steady))
    let sum = decides.communication + decides.memory + decides.arithmetic + decides.moves
    #expect(abs(sum - steady.total) < 1e-9)
    let parts = ["communication": decides.communication, "memory": decides.memory, "arithmetic": decides.arithmetic]
    #expect(parts.values.allSatisfy { abs($0) <= abs(parts[decides.by] ?? decides.moves) })
  }

  @Test func `memory keeps out what needs more, and less than a slot is refused`() throws {
    let trace = ScreenFixture.steady
    let model = try Fixture.setting(trace).model
    let slot = model.expertBytes * 2
    let without = try ScreenFixture.job(trace, memory: 0).run()
    #expect(without.strategies.allSatisfy { $0.redundantSlotsPerRank == 0 && $0.replicaBytesPerRank == 0 })
    let one = try ScreenFixture.job(trace, memory: slot).run()
    #expect(one.strategies.map(\.replicaBytesPerRank).max() == slot)
    let error = #expect(throws: InputError.self) { try ScreenFixture.job(trace, memory: slot - 1).run() }
    #expect(error?.status == .usage && error?.subject == "--memory")
  }

  /// Where replicas are worth their moves, two on a rank are tried, too.
  @Test func `memory keeps out the second slot that would be tried`() throws {
    func most(_ options: String...) throws -> Int? {
      struct Found: Decodable {
        struct Strategy: Decodable { var redundantSlotsPerRank: Int? }
        var strategies: [Strategy]
      }
      let screen = ["screen", "traces/decode-256.moetrace", "--ranks", "16", "--format", "json"]
      let outcome = try Tool.run(screen + options)
      let found = try JSONDecoder().decode(Found.self, from: Data(outcome.output.utf8))
      return found.strategies.compactMap(\.redundantSlotsPerRank).max()
    }
    #expect(try most() == 2)
    #expect(try most("--memory", "3GB") == 1)
  }

  @Test func `strategies are for the target, served by its rule, and what it cannot serve is noted`() throws {
    func tried(_ target: String) throws -> (bases: Set<String>, notes: [String]) {
      let screening = try ScreenFixture.job(
        ScreenFixture.steady, target: ServingTarget.registry.named(target)
      ).run()
      #expect(screening.target == target)
      let rule = try ServingTarget.registry.named(target).replicaRule
      let suffix = target == "any" ? "" : ",target=\(target),dispatch.kind=\(rule)"
      #expect(screening.strategies.allSatisfy { $0.policy.hasSuffix(suffix) })
      let copying = screening.strategies.filter { $0.redundantSlotsPerRank > 0 }
      return (Set(copying.map { String($0.policy.prefix { $0 != ":" }) }), screening.notes)
    }
    #expect(try tried("any").bases.isSuperset(of: ["eplb", "fractional", "fractional-waterfill", "layer-budget"]))
    for target in ["sglang", "vllm", "tensorrt-llm", "vllm-ascend"] {
      let (bases, notes) = try tried(target)
      #expect(bases == ["eplb", "incremental", "distribution-only", "fractional"])
      #expect(notes.contains("Left out, as \(target) splits an expert's tokens evenly: fractional-waterfill."))
      #expect(notes.contains("Left out, as \(target) has as many slots in every layer: layer-budget."))
    }
  }

  @Test(arguments: [1, 2, 13]) func `a recording that is too short says so, and what would do`(steps: Int) throws {
    let screening = try ScreenFixture.job(ScreenFixture.skewed.prefix(steps)).run()
    #expect(screening.verdict == .notEnoughEvidence && screening.finding == .tooShort)
    #expect(screening.evidence.steps == 14 && screening.choice == nil && screening.strategies.isEmpty)
    #expect((screening.halves == nil) == (steps == 1))
    #expect(try !ScreenFixture.job(ScreenFixture.skewed.prefix(14)).run().strategies.isEmpty)
  }

  @Test func `where no expert has to move, no strategy is ranked`() throws {
    let even = SmallTrace(layers: 1, experts: 4, topK: 1, steps: 32, tokens: 40).flattened(layer: 0)
    let screening = try ScreenFixture.job(even, memory: 0).run()
    #expect(screening.finding == .nothingActed && screening.choice == nil)
    #expect(screening.strategies.allSatisfy { $0.movedExperts == 0 && $0.gain == nil } && !screening.strategies.isEmpty)
  }

  @Test func `a gain that comes after the horizon is no recommendation`() throws {
    let screening = try ScreenFixture.job(ScreenFixture.steady, horizon: 1e-9).run()
    #expect(screening.finding == .paysTooLate && screening.verdict == .notEnoughEvidence)
    let needed = try #require(screening.evidence.horizon)
    #expect(try ScreenFixture.job(ScreenFixture.steady, horizon: needed).run().finding == .gains)
  }

  @Test func `steps are halved where they are, within a selection and a phase`() throws {
    let trace = ScreenFixture.skewed
    let part = try ScreenFixture.job(trace, selection: StepSelection(steps: 10..<50)).run()
    #expect(part.halves?.chosenOn == "10:30" && part.halves?.heldBack == "30:50" && part.trace.steps == 40)
    let phase = try ScreenFixture.job(trace, selection: StepSelection(phase: .decode)).run()
    #expect(phase.halves?.heldBack == "48:96")
    #expect(try ScreenFixture.job(trace, selection: StepSelection(phase: .prefill)).run().trace.steps == 0)
  }

  @Test func `hot experts that stay are told from those that turn over`() throws {
    let (stay, turn) = (
      try ScreenFixture.job(ScreenFixture.steady).run().hotExperts,
      try ScreenFixture.job(ScreenFixture.skewed).run().hotExperts
    )
    #expect(stay.stretch == 16 && turn.stretch == 16)
    #expect(try #require(stay.stayHalf) > 0.7 && #require(stay.correlation) > 0.95)
    #expect(try #require(turn.stayHalf) < 0.1 && #require(turn.correlation) < -0.5)
    #expect(try #require(turn.stayNext) > 0.5 && turn.skewness < stay.skewness)
  }
}

/// A policy by its name, as `--policy` takes it.
enum ScreenPolicy {
  static func named(_ name: String) throws -> BalancingPolicy { try BalancingPolicy(named: name) }
}
