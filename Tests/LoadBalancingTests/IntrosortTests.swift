import Foundation
import LoadBalancing
import Testing

/// Orders that `std::sort` of GCC 12 gave, with many equal keys and with one input that drives it into its heap sort.
@Suite struct IntrosortTests {
  struct Known: Decodable {
    var keys: [UInt32]
    var order: [UInt32]
  }

  @Test func leavesEqualKeysInTheReferencesOrder() throws {
    let url = try #require(Bundle.module.url(forResource: "introsort", withExtension: "json", subdirectory: "Data"))
    let cases = try JSONDecoder().decode([Known].self, from: Data(contentsOf: url))
    #expect(cases.count == 12)
    for known in cases {
      var keys = known.keys.enumerated().map { UInt64($1) << 32 | UInt64($0) }
      Introsort.sort(&keys)
      #expect(keys.map { UInt32(truncatingIfNeeded: $0) } == known.order, "\(known.keys.count) keys")
    }
  }
}
