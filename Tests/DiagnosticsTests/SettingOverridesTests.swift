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
    ("windo=3", "the file has no windo; did you mean 'window'?; give a path for a new one, as in planner.windo"),
    ("kind=last", "kind is in several places: predictor.kind, planner.kind"),
    ("schedule.steps=3", "schedule.steps: no section 'schedule' in the file"),
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
}
