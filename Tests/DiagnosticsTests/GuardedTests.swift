import Diagnostics
import Dispatch
import Testing

@Suite struct GuardedTests {
  @Test func `threads that change it at once lose nothing`() {
    let seen = Guarded<[Int: Int]>([:])
    DispatchQueue.concurrentPerform(iterations: 8) { _ in
      for number in 0..<1000 { seen.withLock { $0[number, default: 0] += 1 } }
    }
    #expect(seen.withLock { $0.count == 1000 && $0.values.allSatisfy { $0 == 8 } })
  }

  @Test func `an error is the one that was thrown, and others may have the value after it`() {
    let count = Guarded(1)
    do throws(InputError) {
      try count.withLock { count throws(InputError) in
        count = 2
        throw InputError("broken")
      }
    } catch {
      #expect(error == InputError("broken"))
    }
    #expect(count.withLock { $0 } == 2)
  }
}
