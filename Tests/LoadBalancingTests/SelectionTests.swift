import LoadBalancing
import Randomness
import Testing

@Suite struct SelectionTests {
  @Test func `a value is where descending order has it`() {
    var random = SeededGenerator(seed: 3)
    for count in [1, 2, 3, 10, 257] {
      for kinds in [1, 2, 5, 1000] {
        let values = (0..<count).map { _ in Double(random.below(kinds)) }
        let sorted = values.sorted(by: >)
        for place in 0...count {
          var selected = values
          selected.putInPlace(place, from: 0)
          #expect(selected.sorted(by: >) == sorted)
          guard place < count else { continue }
          #expect(selected[place] == sorted[place])
          #expect(selected[..<place].allSatisfy { $0 >= selected[place] })
          #expect(selected[place...].allSatisfy { $0 <= selected[place] })
        }
      }
    }
  }
}
