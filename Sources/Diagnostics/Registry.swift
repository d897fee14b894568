/// A folder of siblings by name: one line for each, with what makes it.
///
///     public static let registry = Registry<Maker<Cluster, any AllToAllModel>>(
///       "communication model",
///       [
///         .init("port", "α-β on the most loaded port", make: PortModel.init),
///         .init("bound", "what no schedule can beat", make: BoundModel.init),
///       ])
///
///     let model = try registry.named("port")(cluster)
///
/// The order of the entries is that of the documentation.
public struct Registry<Item: Sendable>: Sendable {
  public struct Entry: Sendable {
    /// What the user calls it.
    public let name: String
    /// One line for a list.
    public let summary: String
    public let item: Item

    public init(_ name: String, _ summary: String, _ item: Item) {
      self.name = name
      self.summary = summary
      self.item = item
    }
  }

  /// What one of them is called in messages, such as `communication model`.
  public let noun: String
  public let entries: [Entry]

  /// - Parameter entries: names differ from each other.
  public init(_ noun: String, _ entries: [Entry]) {
    precondition(Set(entries.map(\.name)).count == entries.count, "two of the same name")
    self.noun = noun
    self.entries = entries
  }

  public var names: [String] { entries.map(\.name) }

  /// `port, round-robin, bound`, for the help of an option.
  public var list: String { names.joined(separator: ", ") }

  /// One indented line for each, `name: summary`.
  public var summaries: String { entries.map { "  \($0.name): \($0.summary)" }.joined(separator: "\n") }

  /// - Parameter option: where the name was given, such as `--to`.
  /// - Throws: `InputError` (usage) that names the closest.
  public func named(_ name: String, option: String? = nil) throws(InputError) -> Item {
    if let entry = entries.first(where: { $0.name == name }) { return entry.item }
    throw InputError("unknown \(noun) '\(name)'\(suggestion(for: name, in: names))", in: option, status: .usage)
  }
}

/// Makes a sibling from what it is given.
public struct Maker<each Input, Output>: Sendable {
  private let make: @Sendable (repeat each Input) throws(InputError) -> Output

  public init(_ make: @escaping @Sendable (repeat each Input) throws(InputError) -> Output) { self.make = make }

  public func callAsFunction(_ input: repeat each Input) throws(InputError) -> Output { try make(repeat each input) }
}

extension Registry.Entry {
  public init<each Input, Output>(
    _ name: String, _ summary: String,
    make: @escaping @Sendable (repeat each Input) throws(InputError) -> Output
  ) where Item == Maker<repeat each Input, Output> {
    self.init(name, summary, Maker(make))
  }
}

extension Settings {
  /// What makes the sibling that a key names, such as the `kind` of a part.
  ///
  /// - Throws: `InputError` at the key's line that names the closest.
  package func choice<Item>(_ key: String, of registry: Registry<Item>) throws(InputError) -> Item {
    let name = try choice(key, of: registry.names)
    return try registry.named(name)
  }
}
