import Diagnostics
import Foundation
import Parallelism
import Testing

@Suite struct OrderedWorkTests {
  private final class Result: Sendable {
    let number: Int
    init(_ number: Int) { self.number = number }
  }

  @Test func resultsComeInTheOrderOfTheirSubmission() throws {
    let work = OrderedWork<Int>(threads: 3)
    for number in 0..<6 { work.submit { () throws(InputError) in number } }
    for number in 0..<6 { #expect(try work.next() == number) }
    #expect(try work.next() == nil)
  }

  /// A trace of any length goes through with the memory of what is in flight.
  @Test func resultsThatWereTakenAreNotKept() throws {
    let work = OrderedWork<Result>(threads: 2)
    var taken = [() -> Result?]()
    for number in 0..<50 {
      while !work.isFull { work.submit { () throws(InputError) in Result(number) } }
      let result = try #require(try work.next())
      taken.append { [weak result] in result }
    }
    // A worker may not have let go of its latest piece yet, and on a busy machine not for a while.
    let deadline = ContinuousClock.now + .seconds(60)
    while taken.contains(where: { $0() != nil }), .now < deadline { Thread.sleep(forTimeInterval: 0.01) }
    #expect(taken.allSatisfy { $0() == nil })
  }

  @Test func anErrorComesInItsTurn() throws {
    let work = OrderedWork<Int>(threads: 2)
    work.submit { () throws(InputError) in 1 }
    work.submit { () throws(InputError) in throw InputError("broken") }
    #expect(try work.next() == 1)
    #expect(throws: InputError("broken")) { try work.next() }
  }
}
