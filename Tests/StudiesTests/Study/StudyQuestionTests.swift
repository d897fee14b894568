import Randomness
import Studies
import Testing

@Suite struct StudyQuestionTests {
  private func setting(_ ranks: Int, trace: String = "t") -> StudySetting {
    StudySetting(trace: trace, model: "m", phase: nil, seed: 0, cluster: "c", ranks: ranks)
  }

  private func row(
    _ ranks: Int, _ policy: String, _ total: Double, memory: Double = 0, moves: Double = 0, causal: Bool = true,
    finding: Finding? = .gains, trace: String = "t"
  ) -> StudyRow {
    StudyRow(
      setting: setting(ranks, trace: trace), policy: policy, isBaseline: policy == "static", causal: causal,
      finding: finding,
      figures: [
        "time.total": total, "improvement.total": 1 - total / 100, "memory.replicaBytesPerRank": memory,
        "rebalances.movedBytes": moves,
      ])
  }

  @Test func `the best is causal, and no baseline; ties go by name`() {
    var best = StudyBest()
    best.add([row(8, "static", 100), row(8, "b", 90), row(8, "a", 90), row(8, "oracle", 50, causal: false)])
    best.add([row(16, "static", 100), row(16, "a", 120, finding: .loses)])
    best.add([row(32, "static", 100)])
    #expect(best.choices.map(\.policy) == ["a", "a"] && best.settingsWithout == 1)
    #expect(best.choices[0].lead == 0 && best.choices[1].lead == nil)
    #expect(abs(best.choices[1].total + 0.2) < 1e-12)
    #expect(best.count(of: .recommend) == 1 && best.count(of: .doNot) == 1)
  }

  @Test func `regret is against the best of each setting, the baseline a policy like others`() throws {
    var regret = StudyRegret()
    regret.add([row(8, "static", 100), row(8, "a", 80), row(8, "b", 100), row(8, "oracle", 10, causal: false)])
    var failed = row(16, "b", 0)
    (failed.figures, failed.error, failed.causal) = ([:], "no room", nil)
    regret.add([row(16, "static", 100), row(16, "a", 110), failed])
    let policies = regret.policies
    #expect(policies.map(\.policy) == ["a", "static", "b"])
    let (a, fixed, b) = (policies[0], policies[1], policies[2])
    #expect(abs(a.mean - 0.05) < 1e-12 && abs(a.worst - 0.1) < 1e-12 && a.worstSetting.ranks == 16 && a.best == 1)
    #expect(abs(fixed.mean - 0.125) < 1e-12 && fixed.best == 1)
    #expect(b.settings == 1 && b.failures == 1)
  }

  @Test func `the front is what a naive search leaves`() {
    var front = StudyFront()
    var random = SeededGenerator(seed: 5)
    let policies = (0..<40).map { number in
      (
        "p\(number)", (0..<2).map { _ in Double(50 + random.below(71)) },
        Double(random.below(4)), Double(random.below(4))
      )
    }
    for (index, trace) in ["s", "t"].enumerated() {
      front.add(policies.map { row(8, $0.0, $0.1[index], memory: $0.2, moves: $0.3, trace: trace) })
    }
    let means = policies.map { ($0.0, $0.1[0] + $0.1[1], $0.2, $0.3) }
    let naive = means.filter { one in
      !means.contains { $0.0 != one.0 && $0.1 <= one.1 && $0.2 <= one.2 && $0.3 <= one.3 }
    }.sorted { $0.1 < $1.1 }.map(\.0)
    #expect(front.front.map(\.policy) == naive)
  }

  @Test func `policies that miss a setting are not on the front`() {
    var front = StudyFront()
    front.add([row(8, "static", 100), row(8, "a", 10)])
    front.add([row(8, "static", 100, trace: "u"), row(8, "b", 90, trace: "u")])
    #expect(front.front.map(\.policy) == ["static"])
  }

  @Test func `a difference tells verdicts first, then by size, and matches traces that took another's place`() {
    let before = [row(8, "a", 90), row(8, "b", 80), row(8, "c", 70), row(8, "d", 60), row(8, "e", 60)]
    var after = [row(8, "a", 90), row(8, "b", 85), row(8, "c", 60), row(8, "d", 60, finding: .loses), row(8, "f", 1)]
    for index in after.indices { after[index].setting.trace = "new" }
    let difference = StudyDifference(before: before, after: after, traces: ["new": "t"])
    #expect(difference.shared == 4 && difference.same == 1 && difference.onlyBefore == 1 && difference.onlyAfter == 1)
    #expect(difference.changes.map(\.policy) == ["d", "c", "b"])
    #expect(StudyDifference(before: before, after: after).shared == 0)
  }
}
