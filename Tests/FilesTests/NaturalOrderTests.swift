import Files
import Testing

@Suite struct NaturalOrderTests {
  @Test func `numbers in names are compared as numbers`() {
    let ordered = [
      "", "day", "day1", "day01", "day2", "day2-1", "day2-10", "day2.moetrace", "day10", "day10a", "dayA",
      "x99999999999999999999999998", "x99999999999999999999999999", "x100000000000000000000000000", "ä1",
    ]
    #expect(ordered.reversed().sorted { comesNaturally($0, before: $1) } == ordered)
    for (place, name) in ordered.enumerated() {
      for (other, against) in ordered.enumerated() {
        #expect(comesNaturally(name, before: against) == (place < other), "\(name) and \(against)")
      }
    }
  }
}
