import Diagnostics
import Reporting
import Studies
import StudyStore
import Testing

@Suite struct StudySurveyTests {
  private func rows(
    _ trace: String, ranks: Int, _ totals: [String: Double], finding: Finding
  ) -> [StudyRow] {
    let setting = StudySetting(trace: trace, model: "m", phase: nil, seed: 0, cluster: "c", ranks: ranks)
    let baseline = StudyRow(setting: setting, policy: "static", isBaseline: true, figures: ["time.total": 100])
    return [baseline]
      + totals.sorted { $0.key < $1.key }.map { policy, total in
        StudyRow(
          setting: setting, policy: policy, causal: policy != "oracle", finding: finding,
          figures: ["time.total": total, "improvement.total": 1 - total / 100])
      }
  }

  private var survey: StudySurvey {
    get throws {
      var survey = try StudySurvey(maps: [
        (row: .init("trace.sigma", option: "axis"), column: .init("ranks", option: "axis"))
      ])
      survey.add(rows("w:sigma=1", ranks: 8, ["eplb": 110, "greedy": 101, "oracle": 50], finding: .loses))
      survey.add(rows("w:sigma=1", ranks: 16, ["eplb": 80, "greedy": 90, "oracle": 50], finding: .gains))
      survey.add(rows("w:sigma=2", ranks: 8, ["eplb": 60, "greedy": 90, "oracle": 50], finding: .gains))
      survey.add(rows("w:sigma=2", ranks: 16, ["eplb": 60, "greedy": 80, "oracle": 50], finding: .gains))
      return survey
    }
  }

  @Test func `verdicts, regret and gains by recording are of all settings`() throws {
    let survey = try survey
    #expect(survey.settings == 4 && survey.verdicts == [.doNot: 1, .recommend: 3])
    #expect(survey.recordings == ["w:sigma=1", "w:sigma=2"])
    let stability = survey.stability
    // Regret: eplb 0.10 / 4, static and greedy more; what looks ahead has none.
    #expect(stability.map(\.policy) == ["eplb", "greedy"])
    #expect(abs(stability[0].gains["w:sigma=1"]! - 0.05) < 1e-12 && abs(stability[0].gains["w:sigma=2"]! - 0.4) < 1e-12)
    #expect(stability.map(\.faster) == [2, 2] && abs(stability[0].mean - 0.225) < 1e-12)
  }

  @Test func `a map tells where the verdict flips`() throws {
    let flips = try survey.maps[0].flips
    #expect(flips.count == 1 && flips[0].from == "8" && flips[0].to == "16" && flips[0].rows == 1)
  }

  @Test func `the page has a matrix, a policy for everywhere, stability and maps`() throws {
    let page = try StudyReport(try survey, of: "small").page()
    for text in [
      "Balancing in 4 settings: recommend in 3, not enough evidence in 0, do not in 1.",
      "One policy everywhere: eplb,", "Faster than the baseline on all recordings: eplb, greedy.",
      "eplb is faster than the baseline on 2 of 2 recordings.", "By trace.sigma and ranks",
      "Along the rows the verdict changes 1 time, most often between 8 and 16.",
    ] {
      #expect(page.contains(text), "\(text)")
    }
  }

  @Test func `a store says what its study is best mapped by`() throws {
    let fixture = try StudyFixture()
    let manifest = try fixture.manifest(fixture.study(["policies": "[greedy]"]))
    _ = try StudyRun(manifest: manifest, folder: "\(fixture.folder)/results", jobs: nil, threads: 2).run()
    let path = "\(fixture.folder)/store.sqlite"
    try StudyStore.collect(manifest: manifest, folder: "\(fixture.folder)/results", into: path)
    let store = try StudyStore(reading: path)
    // Only ranks have an order, so that they go along the top of the machines.
    #expect(try store.mapAxes().map { [$0.row.text, $0.column.text] } == [["cluster", "ranks"]])
    #expect(StudyStore.isDatabase("\(fixture.folder)/store.sqlite") && !StudyStore.isDatabase(manifest))
  }
}
