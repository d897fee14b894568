import Diagnostics
import Testing

@Suite struct SettingOverridesTests {
  static let text = """
    name: p
    ranks: 4
    predictor: {kind: last, window: 64}
    planner: {kind: eplb, slots: {more: 1}}
    """

  @Test func valuesTakeThePlaceOfTheFiles() throws {
    let settings = try Settings(
      parsing: Self.text, name: "p.yaml", overrides: "window=16, planner.slots.more=2,planner.new=a b,ranks={x: [1, 2]}"
    )
    #expect(try settings.section("predictor").string("window") == "16")
    #expect(try settings.section("predictor").string("kind") == "last")
    #expect(try settings.section("planner").section("slots").string("more") == "2")
    #expect(try settings.section("planner").string("new") == "a b")
    #expect(try settings.section("ranks").strings("x") == ["1", "2"])
    #expect(try settings.string("name") == "p:window=16, planner.slots.more=2,planner.new=a b,ranks={x: [1, 2]}")
  }

  @Test func `a key that reads as a number or as a truth is a text like any other`() throws {
    let settings = try Settings(
      parsing: "sizes: {8: 1, on: 2}\n1.5: {kind: a}", name: "p.yaml", overrides: "sizes.8=3,on=4,sizes.16=5")
    let sizes = try settings.section("sizes")
    #expect(sizes.keys == ["8", "on", "16"])
    #expect(try (sizes.string("8"), sizes.string("on"), sizes.string("16")) == ("3", "4", "5"))
    #expect(settings.keys == ["sizes", "1.5"])
  }

  /// A value of the command line has no line; its section has.
  @Test func errorsNameTheLineOfTheSection() throws {
    let settings = try Settings(parsing: Self.text, name: "p.yaml", overrides: "window=x,planner.slots={more: [y]}")
    #expect { try settings.section("predictor").integer("window", in: 1...9) } throws: {
      "\($0)" == "p.yaml: line 3: predictor.window: 'x' is not a whole number"
    }
    #expect { try settings.section("planner").section("slots").integer("more", in: 1...9) } throws: {
      "\($0)" == "p.yaml: line 4: planner.slots.more: expected a single value"
    }
  }

  @Test(arguments: [
    ("kind=last", "kind is in several places: predictor.kind, planner.kind"),
    ("ranks.steps=3", "ranks.steps: a value on the way is no section"),
    ("window", "'window', expected key=value"),
    ("window=", "'window=', expected key=value"),
    ("", "'', expected key=value"),
  ])
  func saysWhatCannotBeChanged(overrides: String, message: String) {
    #expect {
      try Settings(parsing: Self.text, name: "p.yaml", overrides: overrides)
    } throws: {
      "\($0)" == "p.yaml: \(message)" && ($0 as? InputError)?.status == .usage
    }
  }

  /// Reads what this kind of file may hold.
  private func read(_ overrides: String) throws -> (halfLife: Int?, share: Int?) {
    let settings = try Settings(parsing: Self.text, name: "p.yaml", overrides: overrides)
    _ = try (settings.string("name"), settings.string("ranks"))
    let predictor = try settings.section("predictor")
    _ = try (predictor.string("kind"), predictor.string("window"), predictor.optionalInteger("limit", in: 0...9))
    let halfLife = try predictor.optionalInteger("halfLife", in: 1...9)
    try predictor.rejectUnknownKeys()
    let planner = try settings.section("planner")
    _ = try (planner.string("kind"), planner.section("slots"), planner.optionalInteger("limit", in: 0...9))
    let share = try settings.optionalSection("dispatch")?.integer("share", in: 1...9)
    try settings.rejectUnknownKeys()
    return (halfLife, share)
  }

  @Test func aNewKeyGoesToTheSectionThatKnowsIt() throws {
    #expect(try read("halfLife=3").halfLife == 3)
    #expect(try read("predictor.halfLife=4").halfLife == 4)
    #expect(try read("dispatch.share=5").share == 5)
    #expect(try read("window=1").halfLife == nil)
  }

  @Test(arguments: [
    ("halfLive=3", "nothing is called 'halfLive' here; did you mean 'predictor.halfLife'?"),
    ("limit=3", "limit has several places: planner.limit, predictor.limit; give one of these"),
    (
      "zzzzzz=1",
      "nothing is called 'zzzzzz' here; known: dispatch, name, planner, planner.kind, planner.limit, planner.slots, "
        + "predictor, predictor.halfLife, predictor.kind, predictor.limit, predictor.window, ranks"
    ),
  ])
  func aNewKeyThatHasNoPlaceIsRefused(overrides: String, message: String) {
    #expect { try read(overrides) } throws: {
      "\($0)" == "p.yaml: \(message)" && ($0 as? InputError)?.status == .usage
    }
  }

  @Test func aNewKeyWithAWrongValueNamesItsPath() {
    #expect { try read("halfLife=x") } throws: {
      "\($0)" == "p.yaml: line 3: predictor.halfLife: 'x' is not a whole number"
    }
  }
}
