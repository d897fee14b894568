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

  @Test func givesNothingWhereSeveralBeginSo() {
    #expect(suggestion(for: "deepep", in: ["deepep-normal", "deepep-low-latency"]).hasPrefix("; known: "))
    #expect(closestName(to: "st", in: ["static"]) == nil)
  }

  @Test func givesNothingWhenNothingIsClose() {
    #expect(closestName(to: "quantum", in: ["static", "greedy", "eplb"]) == nil)
    #expect(suggestion(for: "quantum", in: ["greedy", "eplb"]) == "; known: eplb, greedy")
  }
}
