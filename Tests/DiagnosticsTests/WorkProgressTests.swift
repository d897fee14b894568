import Diagnostics
import Dispatch
import Testing

@Suite struct WorkProgressTests {
  @Test func `nothing is counted where nobody asks`() {
    #expect(WorkProgress.current == nil && WorkProgress.begin("replaying", .steps) == nil)
    #expect(WorkProgress().standing == nil)
  }

  @Test func `a known total gives a fraction`() throws {
    try WorkProgress.$current.withValue(WorkProgress()) {
      let counter = try #require(WorkProgress.begin("fitting", .groups, total: 4))
      counter.advance(by: 3)
      let standing = try #require(WorkProgress.current?.standing)
      #expect(standing.name == "fitting" && standing.unit == .groups)
      #expect(standing.count == 3 && standing.total == 4 && standing.fraction == 0.75)
      counter.advance(by: 2)
      // Five of four: the total was wrong.
      #expect(WorkProgress.current?.standing?.total == nil && WorkProgress.current?.standing?.fraction == nil)
    }
  }

  @Test func `a fraction that comes with so many steps grows with them, and each step has its parts`() throws {
    try WorkProgress.$current.withValue(WorkProgress()) {
      let counter = try #require(WorkProgress.begin("replaying", .steps, parts: 2))
      var fractions: [Double?] = [WorkProgress.current?.standing?.fraction]
      counter.expect(0.5, after: 4)
      for _ in 0..<4 {
        fractions.append(WorkProgress.current?.standing?.fraction)
        counter.advance()
      }
      #expect(WorkProgress.current?.standing?.count == 2)
      counter.expect(1, after: 2)
      counter.advance()
      fractions.append(WorkProgress.current?.standing?.fraction)
      counter.expect(nil)
      fractions.append(WorkProgress.current?.standing?.fraction)
      #expect(fractions == [nil, 0, 0.125, 0.25, 0.375, 0.75, nil])
    }
  }

  @Test func `the outermost stage has the name, the first that counts the fraction, the last the rate`() throws {
    try WorkProgress.$current.withValue(WorkProgress()) {
      let heading = WorkProgress.begin("choosing")
      #expect(WorkProgress.current?.standing?.name == "choosing" && WorkProgress.current?.standing?.unit == nil)
      let rows = WorkProgress.begin("sweeping", .rows, total: 2)
      rows?.advance()
      let steps = WorkProgress.begin("replaying", .steps)
      steps?.advance(by: 7)
      steps?.expect(0.5)
      let standing = try #require(WorkProgress.current?.standing)
      #expect(standing.name == "choosing" && standing.unit == .rows && standing.count == 1)
      #expect(standing.fraction == 0.75 && standing.rate?.unit == .steps)
      steps?.end()
      #expect(WorkProgress.current?.standing?.fraction == 0.5)
      // Ended twice is ended.
      steps?.end()
      heading?.end()
      rows?.end()
      #expect(WorkProgress.current?.standing == nil)
    }
  }

  @Test func `bytes are counted by a stage of bytes alone`() {
    let progress = WorkProgress()
    WorkProgress.$current.withValue(progress) {
      let bytes = WorkProgress.begin("reading", .bytes, total: 10)
      progress.read(bytes: 4)
      let steps = WorkProgress.begin("writing", .steps)
      progress.read(bytes: 3)
      steps?.end()
      #expect(progress.standing?.count == 4)
      bytes?.end()
    }
  }

  @Test func `who shows it is told when no stage is left, and only then`() {
    let idle = Guarded(0)
    WorkProgress.$current.withValue(WorkProgress(whenIdle: { idle.withLock { $0 += 1 } })) {
      let outer = WorkProgress.begin("choosing")
      let inner = WorkProgress.begin("replaying", .steps)
      inner?.end()
      #expect(idle.withLock { $0 } == 0)
      outer?.end()
      #expect(idle.withLock { $0 } == 1)
    }
  }

  @Test func `threads may count at once`() throws {
    let progress = WorkProgress()
    try WorkProgress.$current.withValue(progress) {
      let counter = try #require(WorkProgress.begin("replaying", .steps))
      DispatchQueue.concurrentPerform(iterations: 1000) { _ in counter.advance() }
      #expect(progress.standing?.count == 1000)
    }
  }
}
