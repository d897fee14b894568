import Diagnostics
import RoutingTrace
import Testing

@Suite struct LoadMatrixTests {
  static func read(_ text: String) throws -> LoadMatrix? { try LoadMatrix(json: Array(text.utf8)) }

  @Test(arguments: ["[[1, 2.5], [3, 0]]", #"{"a": [1], "weight": [[1, 2.5], [3, 0]]}"#])
  func `a matrix stands alone or under weight`(text: String) throws {
    let matrix = try #require(try Self.read(text))
    #expect((matrix.layers, matrix.experts, matrix.values) == (2, 2, [1, 2.5, 3, 0]))
  }

  @Test(arguments: [#"{"logical_count": [[1]]}"#, #"{"format":1}"# + "\n{}", "x", "", #"{"a":"#])
  func `other texts are left to other readers`(text: String) throws {
    #expect(try Self.read(text) == nil)
  }

  @Test(arguments: [
    ("[[1, NaN]]", "expert 1: NaN, expected a load", 0), ("[[1], [-Infinity]]", "expert 0: -Infinity", 1),
    ("[[1], [-1]]", "expert 0: -1.0", 1), ("[[1e300]]", "expected a load of 0…2^53", 0),
    ("[[1], [1, 2]]", "2 experts", 1),
    ("[]", "empty matrix", nil), ("[[]]", "empty matrix", nil), ("[[1, 2]", "expected ']'", nil),
    ("[[1]] 2", "nothing more", nil), (#"{"weight": [[1, x]]}"#, "expected a number", nil),
  ])
  func `what is no load is refused with its layer and expert`(text: String, message: String, layer: Int?) {
    let error = #expect(throws: InputError.self) { try Self.read(text) }
    #expect(error?.message.contains(message) == true && error?.place.layer == layer, "\(error?.description ?? "")")
  }

  @Test func `a matrix of more experts than a trace may have is refused`() {
    let text = "[[" + String(repeating: "1,", count: 1 << 19) + "1]]"
    let error = #expect(throws: InputError.self) { try Self.read(text) }
    #expect(error?.message.contains("more than 524288 experts in all") == true)
  }

  @Test(
    arguments: [
      ([[1, 2]], [1, 2], 1), ([[0.5, 0.25]], [50, 25], 100), ([[1 / 3.0, 1]], [333_333_333, 1_000_000_000], 1e9),
      ([[1e12, 0.5]], [1_000_000_000_000, 1], 1), ([[0, 0]], [0, 0], 1),
    ] as [([[Double]], [UInt64], Double)])
  func `loads are scaled by the least power of ten that makes them whole`(
    rows: [[Double]], counts: [UInt64], scale: Double
  ) throws {
    let scaled = try LoadMatrix(rows: rows).scaled
    #expect((scaled.counts, scaled.scale) == (counts, scale))
  }
}
