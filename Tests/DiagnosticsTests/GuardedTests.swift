import Diagnostics
import Foundation
import Testing

@Suite struct GuardedTests {
  @Test func `threads that change it at once lose nothing`() {
    let count = Guarded(0)
    DispatchQueue.concurrentPerform(iterations: 8) { _ in
      for _ in 0..<50 {
        count.withLock { count in
          let before = count
          // Lets another thread run between what is read and what is written.
          sched_yield()
          count = before + 1
        }
      }
    }
    #expect(count.withLock { $0 } == 400)
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
