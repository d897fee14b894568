import Diagnostics
import Reporting
import Studies
import Testing

@Suite struct StudyMapTests {
  private func rows(
    sigma: String, ranks: Int, seed: Int, total: Double, finding: Finding, policy: String = "eplb"
  ) -> [StudyRow] {
    let setting = StudySetting(
      trace: "w:sigma=\(sigma)", model: "m", phase: nil, seed: seed, cluster: "c", ranks: ranks)
    func row(_ policy: String, _ total: Double, _ finding: Finding?) -> StudyRow {
      StudyRow(
        setting: setting, policy: policy, isBaseline: finding == nil, finding: finding,
        figures: ["time.total": total, "improvement.total": 1 - total / 100])
    }
    return [row("static", 100, nil), row(policy, total, finding), row("worse", 300, .loses)]
  }

  private var map: StudyMap {
    get throws {
      var map = try StudyMap(
        rows: [.init("trace.sigma", option: "--rows")], columns: [.init("ranks", option: "--columns")])
      map.add(rows(sigma: "10", ranks: 8, seed: 0, total: 90, finding: .gains))
      map.add(rows(sigma: "10", ranks: 8, seed: 1, total: 70, finding: .unsure, policy: "greedy"))
      map.add(rows(sigma: "9", ranks: 16, seed: 0, total: 95, finding: .gains))
      map.add(rows(sigma: "9", ranks: 8, seed: 0, total: 120, finding: .loses))
      return map
    }
  }

  @Test func `a place is the mean of the best policies of its settings`() throws {
    let cell = try #require(try map[["10"], ["8"]])
    #expect(cell.settings == 2 && abs(cell.improvement - 0.2) < 1e-12 && cell.recommended == 1)
    #expect(cell.verdict == nil && cell.policies == ["eplb": 1, "greedy": 1])
    #expect(try map[["9"], ["8"]]?.verdict == .doNot && map[["9"], ["16"]]?.verdict == .recommend)
    #expect(try map[["10"], ["16"]] == nil)
  }

  @Test func `numbers are in the order of their size`() throws {
    #expect(try map.rows == [["9"], ["10"]] && map.columns == [["8"], ["16"]])
  }

  @Test func `what has no value on an axis is counted, not shown`() throws {
    var map = try map
    var bare = rows(sigma: "1", ranks: 8, seed: 0, total: 1, finding: .gains)
    for index in bare.indices { bare[index].setting.trace = "w" }
    map.add(bare)
    #expect(map.settingsWithout == 1 && map.rows.count == 2)
    #expect(throws: InputError.self) { try StudyMap.Axis("rnks", option: "--rows") }
    #expect(try StudyMap.Axis.list("trace,ranks", option: "--rows").map(\.text) == ["trace", "ranks"])
    let twice = #expect(throws: InputError.self) { try StudyMap.Axis.list("trace,ranks,trace", option: "--rows") }
    #expect(twice?.description == "--rows trace: named twice" && twice?.status == .usage)
  }

  @Test func `the table and the page tell every place`() throws {
    let report = StudyMapReport(try map)
    let text = try report.text()
    #expect(
      text.contains(
        "Of 3 places: recommend in 1, not enough evidence in 0, do not in 1, different between settings in 1."))
    #expect(text.contains("−20.0 ×") && text.contains("5.0 ●") && text.contains("20.0 ◐"))
    let page = try report.page()
    #expect(page.contains("20.0 ◐") && page.contains("<small>eplb</small>"))
    #expect(report.records.rows.count == 3)
  }
}
