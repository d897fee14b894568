import Diagnostics
import PerformanceModel
import TestTraces
import Testing

@Suite struct RankChangeTests {
  @Test func aChangeIsAStepAVerbAndRanks() throws {
    #expect(try RankChange("400 fail 3,7") == RankChange(step: 400, kind: .fail, ranks: [3, 7]))
    #expect(try RankChange(" 0  leave 8-10,2 ") == RankChange(step: 0, kind: .leave, ranks: [2, 8, 9, 10]))
    for text in ["800 join 3,7", "0 leave 8-15", "5 fail 0,2-3"] { #expect(try RankChange(text).text == text) }
  }

  @Test(arguments: [
    ("400 fial 3", "unknown verb 'fial'; did you mean 'fail'?"),
    ("400 fail", "expected a step, a verb and ranks, such as '400 fail 3,7'"),
    ("x fail 3", "step 'x', expected 0…1000000000"), ("-1 fail 3", "step '-1', expected 0…1000000000"),
    ("4 fail 3-1", "ranks '3-1', expected ranks such as 3,7 or 8-15"),
    ("4 fail 3,,4", "ranks '', expected ranks such as 3,7 or 8-15"),
    ("4 fail 4096", "ranks '4096', expected ranks such as 3,7 or 8-15"), ("4 fail 3,2-4", "rank 3 is there twice"),
  ])
  func whatIsNoChangeIsSaid(text: String, message: String) {
    let error = #expect(throws: InputError.self) { try RankChange(text) }
    #expect(error?.message == "change '\(text)': \(message)")
  }

  @Test(arguments: [
    (["4 fail 4"], "change '4 fail 4': rank 4, expected 0…3"),
    (["4 fail 3", "5 leave 3"], "change '5 leave 3': rank 3 is gone already"),
    (["4 join 3"], "change '4 join 3': rank 3 is there already"),
    (["4 fail 0-2", "9 fail 3"], "change '9 fail 3': no rank is left"),
    (["9 join 3", "4 fail 3", "9 join 3"], "change '9 join 3': rank 3 is there already"),
  ])
  func whatCannotHappenIsSaid(texts: [String], message: String) throws {
    let changes = try texts.map { text in try RankChange(text) }
    let error = #expect(throws: InputError.self) { try RankChanges(changes, ranks: 4) }
    #expect(error?.message == message)
  }

  @Test func changesOfOneStepKeepTheirOrder() throws {
    let texts = ["9 fail 1", "4 fail 3", "9 join 3", "9 fail 3"]
    let changes = try RankChanges(texts.map { text in try RankChange(text) }, ranks: 4)
    #expect(changes.all.map(\.text) == ["4 fail 3", "9 fail 1", "9 join 3", "9 fail 3"])
    #expect(changes.next(after: 0) == 4 && changes.next(after: 4) == 9 && changes.next(after: 9) == nil)
  }

  @Test func aClusterFileHasChangesAndWhatTheyTake() throws {
    let extra = "changes: [\"4 fail 3\", \"8 join 3\"]\nelastic: {detect: 1 s, recovery: patch}"
    let cluster = try Fixture.cluster(ranks: 4, ranksPerNode: 2, extra: extra)
    #expect(cluster.changes.map(\.text) == ["4 fail 3", "8 join 3"])
    #expect(cluster.elastic == ElasticTimes(detect: 1e6, reconfigure: 6.5e6, resume: 0, recovery: "patch"))
    let text = ClusterFile(cluster, comments: []).text
    #expect(try Cluster(settings: Settings(parsing: text, name: "again.yaml")) == cluster)
    let error = #expect(throws: InputError.self) {
      try Fixture.cluster(ranks: 4, ranksPerNode: 2, extra: "changes: [\"4 leav 3\"]")
    }
    #expect(error?.description.contains("did you mean 'leave'?") == true)
  }

  /// Copies for a node whose relay is gone go through another one there, and none through a rank that is gone.
  @Test func relaysThatAreGoneArePassedOver() throws {
    var traffic = Traffic(ranks: 4, ranksPerNode: 2)
    // Rank 1 sends ten tokens to rank 2; their relay would be rank 3.
    traffic.rankCopies[1 * 4 + 2] = 10
    traffic.visits[1 * 4 + 2] = 10
    traffic.nodeCopies[1 * 2 + 1] = 10
    let whole = traffic.portCopies(.dedup)
    #expect(whole.totalScaleUp == 10 && whole.totalScaleOut == 10)
    traffic.alive = [true, true, true, false]
    let rest = traffic.portCopies(.dedup)
    #expect(rest.totalScaleUp == 0 && rest.totalScaleOut == 10 && rest.maximumScaleOut == 10)
  }
}
