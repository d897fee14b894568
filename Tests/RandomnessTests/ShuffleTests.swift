import Randomness
import Testing

@Suite struct ShuffleTests {
  /// The number behind the order is the next one, which says how many were drawn for it.
  @Test(
    arguments: [
      ([], 0x1578_0B2E_0C2E_C716),
      ([0], 0x1578_0B2E_0C2E_C716),
      ([0, 1], 0x6104_D986_6D11_3A7E),
      ([0, 4, 7, 9, 3, 8, 5, 1, 2, 6], 0x9556_615F_775F_BC3D),
      ([1, 6, 11, 15, 3, 13, 5, 14, 7, 0, 8, 12, 4, 9, 2, 10], 0xE0B5_5A68_B966_77FA),
    ] as [([Int], UInt64)])
  func `a seed gives the same order everywhere`(expected: [Int], next: UInt64) {
    var generator = SeededGenerator(seed: 42)
    #expect(generator.shuffled(0..<expected.count) == expected)
    #expect(generator.next() == next)
  }

  @Test func `shuffling in place gives the same order as a shuffled copy`() {
    var (one, other) = (SeededGenerator(seed: 3), SeededGenerator(seed: 3))
    var elements = Array("routing")
    one.shuffle(&elements)
    #expect(elements == other.shuffled("routing"))
    #expect(elements.sorted() == "routing".sorted())
  }

  @Test func `every order of three is as likely as any other`() {
    var generator = SeededGenerator(seed: 8)
    var counts: [[Int]: Int] = [:]
    for _ in 0..<60_000 { counts[generator.shuffled(0..<3), default: 0] += 1 }
    #expect(counts.count == 6)
    // Five standard deviations of a count of 10,000.
    #expect(counts.values.allSatisfy { abs($0 - 10_000) < 460 })
  }
}
