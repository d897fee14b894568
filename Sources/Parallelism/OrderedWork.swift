import Diagnostics
import Foundation

/// Work done on other threads whose results come back in the order in which it was submitted.
package final class OrderedWork<Output: Sendable> {
  /// Written once by a worker before `done` is signalled, read once after it.
  private final class Job: @unchecked Sendable {
    var result: Result<Output, InputError>?
    let done = DispatchSemaphore(value: 0)
  }

  private let queue = OperationQueue()
  private var jobs: [Job] = []
  /// How much may be in flight, so that memory is bounded and no thread waits for the consumer.
  private let capacity: Int

  package init(threads: Int) {
    queue.maxConcurrentOperationCount = max(1, threads)
    capacity = 2 * max(1, threads)
  }

  deinit { queue.cancelAllOperations() }

  package var isFull: Bool { jobs.count >= capacity }

  package func submit(_ work: @escaping @Sendable () throws(InputError) -> Output) {
    let job = Job()
    jobs.append(job)
    queue.addOperation {
      do throws(InputError) {
        job.result = .success(try work())
      } catch {
        job.result = .failure(error)
      }
      job.done.signal()
    }
  }

  /// The oldest result that was not taken, waiting for it if need be; nil when nothing is in flight.
  package func next() throws(InputError) -> Output? {
    guard !jobs.isEmpty else { return nil }
    let job = jobs.removeFirst()
    job.done.wait()
    return try job.result?.get()
  }
}
