import Diagnostics
import Testing

@Suite struct RegistryTests {
  private static let registry = Registry<Maker<Int, String>>(
    "fruit",
    [
      .init("pear", "green") { count in "\(count) pears" },
      .init("apple", "red") { count throws(InputError) in
        guard count > 0 else { throw InputError("no apples") }
        return "\(count) apples"
      },
    ])

  @Test func `names and summaries keep the order of the lines`() {
    #expect(Self.registry.names == ["pear", "apple"])
    #expect(Self.registry.list == "pear, apple")
    #expect(Self.registry.summaries == "  pear: green\n  apple: red")
  }

  @Test func `a name gives what makes one`() throws {
    #expect(try Self.registry.named("apple")(3) == "3 apples")
    #expect(throws: InputError("no apples")) { try Self.registry.named("apple")(0) }
  }

  @Test func `an unknown name is told the closest, and where it was given`() {
    #expect(throws: InputError("unknown fruit 'aple'; did you mean 'apple'?", in: "--eat", status: .usage)) {
      try Self.registry.named("aple", option: "--eat")
    }
    #expect(throws: InputError("unknown fruit 'quince'; known: apple, pear", status: .usage)) {
      try Self.registry.named("quince")
    }
  }

  @Test func `a key's value gives what makes one, or an error at its line`() throws {
    let settings = try Settings(parsing: "size: 1\nkind: pear\nother: per\n", name: "f.yaml")
    #expect(try settings.choice("kind", of: Self.registry)(2) == "2 pears")
    let error = #expect(throws: InputError.self) { try settings.choice("other", of: Self.registry) }
    #expect(error?.description == "f.yaml: line 3: other: unknown 'per'; did you mean 'pear'?")
  }
}
