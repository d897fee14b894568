import Diagnostics
import Testing

@Suite struct ClosestNameTests {
  @Test(arguments: [
    ("epbl", "eplb"), ("static", "static"), ("Greedy", "greedy"), ("gredy", "greedy"),
    ("moving-averge", "moving-average"), ("moving", "moving-average"), ("movnig", "moving-average"),
  ])
  func findsWhatWasMeant(name: String, meant: String) {
    #expect(closestName(to: name, in: ["static", "greedy", "eplb", "moving-average"]) == meant)
  }

  @Test(arguments: [
    ("abcdef", "abdcef", true), ("abcdef", "abdcfe", true), ("abcdef", "badcfe", false), ("abcdef", "cdef", true),
    ("abcdef", "def", false), ("abcdef", "abcdefgh", true), ("abcd", "bdac", false), ("ab", "ba", true),
    ("ABCDEF", "abcdef", true), ("a", "", true), ("ab", "", false),
  ])
  func `a third of the name may differ: a letter more, less, other, or two that changed places`(
    name: String, other: String, isClose: Bool
  ) {
    #expect((closestName(to: name, in: [other]) == other) == isClose)
  }

  @Test func givesNothingWhereSeveralBeginSo() {
    #expect(suggestion(for: "deepep", in: ["deepep-normal", "deepep-low-latency"]).hasPrefix("; known: "))
    #expect(closestName(to: "st", in: ["static"]) == nil)
  }

  @Test func givesNothingWhenNothingIsClose() {
    #expect(closestName(to: "quantum", in: ["static", "greedy", "eplb"]) == nil)
    #expect(suggestion(for: "quantum", in: ["greedy", "eplb"]) == "; known: eplb, greedy")
  }
}
