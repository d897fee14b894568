import Randomness
import Testing

/// What a seed gives, for ever: generated traces and every result with a seed depend on these numbers.
///
/// The expected values were computed by another program from the published descriptions.
@Suite struct SeededGeneratorTests {
  @Test(
    arguments: [
      (0, [0x99EC_5F36_CB75_F2B4, 0xBF6E_1F78_4956_452A, 0x1A5F_849D_4933_E6E0, 0x6AA5_94F1_262D_2D2C]),
      (2026, [0x92E0_1159_2E98_AE15, 0x489F_3794_6D6D_18D8, 0xD000_9E27_9D9C_DEDA, 0xE4C7_DCA7_86D5_6702]),
    ] as [(UInt64, [UInt64])])
  func `a seed gives the same 64-bit numbers everywhere`(seed: UInt64, expected: [UInt64]) {
    var generator = SeededGenerator(seed: seed)
    #expect((0..<4).map { _ in generator.next() } == expected)
  }

  @Test func `a stream of a seed gives the same 64-bit numbers everywhere`() {
    var generator = SeededGenerator(seed: 7, stream: 3)
    let expected: [UInt64] = [0xD765_C872_64AE_1D29, 0x9F16_5D58_6DCE_0742, 0xC81E_C919_738E_F286]
    #expect((0..<3).map { _ in generator.next() } == expected)
  }

  @Test func `units have the top 53 bits`() {
    var generator = SeededGenerator(seed: 1)
    #expect(
      (0..<3).map { _ in generator.unit() } == [0x1.67e55eda1f8e2p-1, 0x1.0a76ab2c8e6c9p-1, 0x1.25f12eac10548p-1])
  }

  @Test func `integers below a bound are the same everywhere`() {
    var generator = SeededGenerator(seed: 5)
    #expect((0..<12).map { _ in generator.below(10) } == [2, 6, 6, 8, 5, 7, 5, 8, 3, 3, 9, 2])
  }

  /// A quarter of all draws is thrown away below 3 · 2^60.
  @Test func `what would bias an integer is drawn again`() {
    var generator = SeededGenerator(seed: 5)
    #expect(
      (0..<4).map { _ in generator.below(3 << 60) } == [
        997_546_521_382_610_659, 2_082_461_008_235_276_009, 2_246_629_181_698_028_336, 2_841_548_877_675_076_404,
      ])
  }
}
