import Diagnostics
import Studies
import Testing

@Suite struct StudyFileTests {
  let fixture = try! StudyFixture()

  @Test func `every combination is one replay`() throws {
    let plan = try StudyPlan(fixture.study(), bundle: 3)
    let jobs = try fixture.jobs(of: plan)
    // 2 traces × 2 clusters × 2 sizes × 2 seeds, of 5 policies in bundles of 3.
    #expect(plan.manifest.jobs == 32 && jobs.count == 32)
    #expect(plan.manifest.replays == 80 && jobs.reduce(0) { $0 + $1.policies.count } == 80)
    #expect(Set(jobs.map(\.job)).count == 32)
    #expect(plan.manifest.policies.count == 6)
  }

  @Test func `a grid gives a name for each combination, the last key fastest, but for exceptions`() throws {
    let policies =
      "{policy: eplb, grid: {window: [2, 4], steps: {from: 4, to: 12, step: 4}}, except: [{window: 2, steps: 8}]}"
    let study = try fixture.study(["policies": policies])
    let names = try #require(try fixture.jobs(of: StudyPlan(study)).first).policies
    #expect(
      names == [
        "eplb:window=2,steps=4", "eplb:window=2,steps=12", "eplb:window=4,steps=4", "eplb:window=4,steps=8",
        "eplb:window=4,steps=12",
      ])
  }

  @Test func `a range of fractions ends where it says, though steps of a tenth do not add up exactly`() throws {
    let policies = "{policy: eplb, grid: {minimumGain: {from: 0.1, to: 0.3, step: 0.1}}}"
    let names = try fixture.jobs(of: StudyPlan(fixture.study(["policies": policies]))).flatMap(\.policies)
    #expect(Set(names) == Set(["0.1", "0.2", "0.3"].map { "eplb:minimumGain=\($0)" }))
  }

  @Test func `a range of equal ratios has a unit`() throws {
    let clusters = "{cluster: '@/fast.yaml', grid: {scaleUp.bandwidth: {from: 25, to: 400, count: 3, unit: GB/s}}}"
    let plan = try StudyPlan(fixture.study(["clusters": clusters]))
    let path = "\(fixture.folder)/fast.yaml:scaleUp.bandwidth="
    #expect(plan.manifest.clusters.keys.sorted() == ["100 GB/s", "25 GB/s", "400 GB/s"].map { path + $0 })
  }

  @Test func `exclusions leave out what they match, whole settings and single policies`() throws {
    let jobs = try fixture.jobs(
      of: StudyPlan(
        fixture.study(more: "exclude: [{cluster: '*slow.yaml', ranks: 4}, {policy: greedy, seed: 1}]\n")))
    let naive = [2, 4].flatMap { ranks in
      ["slow", "fast"].flatMap { cluster in [0, 1].map { (ranks, cluster, $0) } }
    }.filter { !($0.0 == 4 && $0.1 == "slow") }
    #expect(jobs.count == 2 * naive.count)
    #expect(jobs.allSatisfy { ($0.seed == 1) == !$0.policies.contains("greedy") })
    #expect(!jobs.contains { $0.cluster.hasSuffix("slow.yaml") && $0.ranks == 4 })
  }

  @Test func `patterns are of names on their shelf`() throws {
    let study = try fixture.study(["policies": "['systems/vllm*']"])
    #expect(
      try fixture.jobs(of: StudyPlan(study))[0].policies == [
        "systems/vllm", "systems/vllm-ascend", "systems/vllm-sync",
      ])
  }

  @Test(
    arguments: [
      (["policies": "[eplb, greedy, eplb]"], "policies: 'eplb' is named twice"),
      (["policies": "[static]"], "no policies beside the baseline"),
      (["policies": "[{policy: eplb, grid: {window: []}}]"], "grid.window: an empty list"),
      (["policies": "[{policy: eplb, grid: {window: [2, 2]}}]"], "window: a value given twice"),
      (["policies": "[{policy: eplb, grid: {window: [2]}, except: [{windw: 2}]}]"], "did you mean 'window'?"),
      (["policies": "[{policy: eplb, grid: {window: [2]}, except: [{window: 2}]}]"], "nothing is left of the grid"),
      (["policies": "[{policy: eplb, grid: {window: {from: 4, to: 2, step: 1}}}]"], "to: 2.0 is outside"),
      (["policies": "['zz*']"], "'zz*' matches no name in policies/"), (["policies": "[elpb]"], "did you mean 'eplb'?"),
      (["policies": "[{policy: eplb, grd: {}}]"], "did you mean 'grid'?"),
      (["traces": "['@/none*.moetrace']"], "no such files"), (["traces": "['@/none.moetrace']"], "no such file"),
      (["traces": ""], "no traces"), (["traces": "['@/a.moetrace', '@/twin.moetrace']"], "holds the same bytes as"),
      (["ranks": "[0]"], "'0', expected 1…4096"), (["ranks": "[]"], "an empty list"),
      (["phases": "[prefil]"], "did you mean 'prefill'?"), (["seeds": "[1, 1]"], "'1' is named twice"),
      (["exclude": "[{rnks: 2}]"], "did you mean 'ranks'?"), (["exclude": "[{}]"], "excludes everything"),
      (["exclude": "[{ranks: '*'}]"], "everything is excluded"),
      (["options": "{stesp: '0:2'}"], "did you mean 'steps'?"),
      (["options": "{steps: 'x'}"], "'x' is not a range"),
      (["options": "{select: 'unifrm:3'}"], "options.select: unknown weight 'unifrm'; did you mean 'uniform'?"),
      (["polices": "[eplb]"], "did you mean 'policies'?"),
      (["policies": "['@/mine.yaml', '@/twin.yaml']"], "are both named 'mine'"),
    ] as [([String: String], String)])
  func `what is wrong is one line that says what to write`(changes: [String: String], message: String) throws {
    let error = #expect(throws: InputError.self) { try StudyPlan(fixture.study(changes)) }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "no error")")
    #expect(error?.description.contains("\n") == false)
  }
}
