import Diagnostics
import Foundation
import RoutingTrace
import TestTraces
import Testing
import Workloads

/// Vocabulary ids of synthetic tokens, and experts that follow from them.
@Suite struct TokenPreferencesTests {
  static func workload(_ extra: String, popularity: String = "{kind: uniform}") throws -> Workload {
    try WorkloadTests.workload(popularity, steps: "steps: 20\ntokensPerStep: 2048", extra: extra)
  }

  static func tokens(_ strength: Double, exponent: Double = 0.8) -> String {
    "tokens: {vocabulary: 20000, exponent: \(exponent), strength: \(strength)}"
  }

  @Test(arguments: [0.0, 0.7, 1.0]) func `ids follow Zipf's law`(exponent: Double) throws {
    let steps = try all(WorkloadGenerator(try Self.workload(Self.tokens(0, exponent: exponent))))
    let ids = steps.flatMap { $0.tokenIDs ?? [] }
    #expect(ids.count == 40_960)
    let weights: [Double] = (1...20_000).map { pow(Double($0), -exponent) }
    let total = weights.reduce(0, +)
    for range in [0..<1, 1..<10, 10..<1000, 1000..<20_000] {
      let expected = weights[range].reduce(0, +) / total * Double(ids.count)
      let found = Double(ids.count { range.contains(Int($0)) })
      #expect(abs(found - expected) < 5 * expected.squareRoot() + 1, "\(range)")
    }
  }

  @Test func `ids without strength change nothing else`() throws {
    let plain = try all(WorkloadGenerator(try Self.workload("", popularity: "{kind: zipf, exponent: 1}")))
    var steps = try all(WorkloadGenerator(try Self.workload(Self.tokens(0), popularity: "{kind: zipf, exponent: 1}")))
    #expect(steps.allSatisfy { $0.tokenIDs != nil })
    for step in steps.indices { steps[step].tokenIDs = nil }
    #expect(steps == plain)
  }

  /// How often two tokens of the same id, frequent or rare, have an expert in common, in each layer.
  static func agreement(_ steps: [RoutingStep], ids: Range<UInt32>) -> [Double] {
    (0..<3).map { layer in
      var last: [UInt32: [UInt16]] = [:]
      var (same, all) = (0, 0)
      for step in steps {
        for (token, id) in (step.tokenIDs ?? []).enumerated() where ids.contains(id) {
          let start = (layer * step.tokens + token) * 8
          let choice = Array(step.experts[start..<start + 8])
          if let before = last.updateValue(choice, forKey: id) {
            same += choice.count { before.contains($0) }
            all += 8
          }
        }
      }
      return Double(same) / Double(all)
    }
  }

  @Test(arguments: [0..<1000, 1100..<20_000] as [Range<UInt32>])
  func `tokens of an id share experts as strength says, frequent ids and rare ones`(ids: Range<UInt32>) throws {
    for strength in [0, 0.3, 0.6, 1] {
      let steps = try all(WorkloadGenerator(try Self.workload(Self.tokens(strength))))
      for agreement in Self.agreement(steps, ids: ids) {
        // Of what both keep, and what is drawn, an eighth is common by chance.
        let chance = (1 - strength * strength) * 8 / 64
        #expect(abs(agreement - strength * strength - chance) < 0.05, "\(strength)")
      }
    }
  }

  @Test func `an id prefers other experts in other layers`() throws {
    let steps = try all(WorkloadGenerator(try Self.workload(Self.tokens(1))))
    var (same, all) = (0, 0)
    for step in steps {
      for token in 0..<step.tokens {
        let layers = (0..<2).map { layer in
          let start = (layer * step.tokens + token) * 8
          return Set(step.experts[start..<start + 8])
        }
        same += layers[0].intersection(layers[1]).count
        all += 8
      }
    }
    #expect(abs(Double(same) / Double(all) - 0.125) < 0.05)
  }

  /// `[layers][experts]` visits.
  static func load(_ workload: Workload) throws -> [[Double]] {
    var load = Array(repeating: Array(repeating: 0.0, count: 64), count: 3)
    for step in try all(WorkloadGenerator(workload)) {
      for (place, expert) in step.experts.enumerated() { load[place / (step.tokens * 8)][Int(expert)] += 1 }
    }
    return load
  }

  @Test(arguments: ["{kind: uniform}", "{kind: log-normal, sigma: 1}", "{kind: zipf, exponent: 1}"])
  func `every expert stays as popular as it is`(popularity: String) throws {
    // Alone, the divergence is what 41,000 tokens leave to chance; what else a token depends on leaves more.
    for (others, tolerance, skewness) in [
      ("", 0.0005, 0.02), ("time: {kind: rotate, every: 4, by: 5}", 0.0005, 0.02),
      ("correlation: {neighbour: 0.4}", 0.005, 0.15), ("correlation: {topics: 4, spread: 0.5}", 0.005, 0.15),
      ("correlation: {kinds: 8, affinity: 10}", 0.005, 0.1), ("groups: {groups: 8, perToken: 5}", 0.01, 0.1),
    ] {
      let plain = try Self.load(try Self.workload(others, popularity: popularity))
      for strength in [0.6, 0.9] {
        let workload = try Self.workload("\(others)\n\(Self.tokens(strength))", popularity: popularity)
        for (load, plain) in zip(try Self.load(workload), plain) {
          let divergence = zip(load, plain).reduce(0) { $0 + $1.0 * log($1.0 / $1.1) } / load.reduce(0, +)
          #expect(divergence < tolerance, "\(others) \(strength)")
          #expect(abs((load.max() ?? 0) / (plain.max() ?? 1) - 1) < skewness, "\(others) \(strength)")
        }
      }
    }
  }

  @Test(arguments: [
    ("{vocabulary: 0, exponent: 1, strength: 0.5}", "outside"), ("{vocabulary: 10, exponent: 1}", "strength: missing"),
    ("{vocabulary: 10, exponent: 1, strength: 1.5}", "outside"),
    ("{vocabulary: 2000000, exponent: 1, strength: 0.5}", "outside"),
    ("{vocabulary: 10, exponent: 1, strenght: 0.5}", "did you mean 'strength'"),
    ("{vocabulary: 10, exponent: 1, strength: 0.5}\ncontent: counts", "has no token ids"),
  ])
  func `a mistake is named`(tokens: String, message: String) {
    let error = #expect(throws: InputError.self) { try WorkloadTests.workload(extra: "tokens: \(tokens)") }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
  }
}
