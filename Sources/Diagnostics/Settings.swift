import Yams

/// One mapping of a YAML file, read key by key, that can say the file and line of whatever is wrong. It may lie over the
/// mappings of other files (`SettingLayers`), which are asked for what it does not have.
///
/// Ask for every key the file may hold, then call `rejectUnknownKeys()`: a key nobody asked for is an error that
/// names the closest one somebody did.
///
///     let settings = try Settings(parsing: text, name: "clusters/mine.yaml")
///     let ranks = try settings.integer("ranks", in: 1...4096)
///     try settings.rejectUnknownKeys()
public final class Settings {
  /// Dotted path of this mapping within the file; empty at the top.
  public let path: String
  /// One or more; the first that has a key gives its value.
  let layers: [Layer]
  /// Values for keys that the file does not have: they go to whoever asks for the key. Nil without overrides.
  let newValues: NewSettings?
  private var asked: Set<String> = []

  struct Layer {
    let fileName: String
    let line: Int
    var mapping: Node.Mapping
    /// Whether it lies below the file that typed values change.
    var isPart = false

    func value(of key: String) -> Node? { mapping.value(ofKey: key) }
  }

  public var fileName: String { layers[0].fileName }
  public var line: Int { layers[0].line }

  init(layers: [Layer], path: String, newValues: NewSettings?) {
    self.layers = layers
    self.path = path
    self.newValues = newValues
  }

  /// - Parameter overrides: values that take the place of the file's; see `SettingOverrides`.
  /// - Throws: `InputError` with the line if `text` is not one YAML mapping with distinct keys; one (usage) for overrides
  ///   that name no place in it.
  public convenience init(
    parsing text: String, name fileName: String, overrides: String? = nil
  ) throws(InputError) {
    let node = try Self.node(parsing: text, name: fileName)
    guard case .mapping(let written) = node else {
      throw InputError("expected `key: value` lines", in: fileName, at: .init(line: node?.mark?.line ?? 1))
    }
    var mapping = written
    var newValues: NewSettings?
    if let overrides {
      let changes = try SettingOverrides(parsing: overrides, name: fileName)
      mapping = try changes.applied(to: written)
      newValues = NewSettings(changes.values(forKeysNotIn: written))
    }
    let layer = Layer(fileName: fileName, line: written.mark?.line ?? 1, mapping: mapping)
    self.init(layers: [layer], path: "", newValues: newValues)
  }

  /// A YAML value whose keys are single values, and in which nothing stands for something else.
  static func node(parsing text: String, name fileName: String) throws(InputError) -> Node? {
    var references = YAMLReferences(text)
    if let reference = references.first() {
      let message = "'\(reference.name)': anchors and aliases are not supported; quote it if it is none"
      throw InputError(message, in: fileName, at: .init(line: reference.line))
    }
    do {
      // What a scalar means is up to who asks for it, so nothing is to be resolved; the encoding would be looked for in the
      // environment.
      let node = try Yams.compose(yaml: text, .basic, .default, .utf8)
      if let key = node.flatMap(firstCompoundKey) {
        throw InputError("a key that is no single value", in: fileName, at: .init(line: key.mark?.line))
      }
      return node
    } catch let error as YamlError {
      throw InputError(summary(of: error), in: fileName, at: .init(line: line(of: error)))
    } catch {
      throw error as? InputError ?? InputError("not YAML: \(error)", in: fileName)
    }
  }

  private static func firstCompoundKey(_ node: Node) -> Node? {
    switch node {
    case .mapping(let mapping):
      mapping.lazy.compactMap { $0.key.scalar == nil ? $0.key : firstCompoundKey($0.value) }.first
    case .sequence(let sequence): sequence.lazy.compactMap(firstCompoundKey).first
    case .scalar, .alias: nil
    }
  }

  /// The keys of the mapping, in the file's order, then those of the mappings below it.
  public var keys: [String] {
    var seen: Set<String> = []
    return layers.flatMap { $0.mapping.keys.compactMap(\.string) }.filter { seen.insert($0).inserted }
  }

  public func contains(_ key: String) -> Bool { node(key) != nil }

  /// An error at the line of `key`, or of the mapping if the key is absent.
  public func error(_ message: String, at key: String? = nil) -> InputError {
    let place = key.flatMap { key in layers.first { $0.value(of: key) != nil } } ?? layers[0]
    let line = key.flatMap { place.value(of: $0)?.mark?.line } ?? place.line
    let name = key.map { path.isEmpty ? $0 : "\(path).\($0)" } ?? path
    return InputError(name.isEmpty ? message : "\(name): \(message)", in: place.fileName, at: .init(line: line))
  }

  /// The text of a scalar.
  public func string(_ key: String) throws(InputError) -> String {
    guard let node = node(key) else { throw missing(key) }
    guard let scalar = node.scalar else { throw error("expected a single value", at: key) }
    return scalar.string
  }

  public func optionalString(_ key: String) throws(InputError) -> String? {
    contains(key) ? try string(key) : nil
  }

  /// The path of a file that the value names: beside this file, or in the working directory where the value was typed on
  /// the command line.
  public func path(_ key: String) throws(InputError) -> String {
    let name = try string(key)
    let isTyped = node(key)?.mark == nil
    let file = layers.first { $0.value(of: key) != nil }?.fileName ?? fileName
    guard !isTyped, !name.hasPrefix("/"), let slash = file.lastIndex(of: "/") else { return name }
    return file[...slash] + name
  }

  public func integer(_ key: String, in range: ClosedRange<Int>) throws(InputError) -> Int {
    let text = try string(key)
    guard let value = Int(text.filter { $0 != "_" }) else { throw error("'\(text)' is not a whole number", at: key) }
    guard range.contains(value) else {
      throw error("\(value) is outside \(range.lowerBound)…\(range.upperBound)", at: key)
    }
    return value
  }

  public func optionalInteger(_ key: String, in range: ClosedRange<Int>) throws(InputError) -> Int? {
    contains(key) ? try integer(key, in: range) : nil
  }

  public func number(_ key: String, in range: ClosedRange<Double>) throws(InputError) -> Double {
    let text = try string(key)
    guard let value = Double(text), value.isFinite else { throw error("'\(text)' is not a number", at: key) }
    guard range.contains(value) else {
      throw error("\(value) is outside \(range.lowerBound)…\(range.upperBound)", at: key)
    }
    return value
  }

  public func optionalNumber(_ key: String, in range: ClosedRange<Double>) throws(InputError) -> Double? {
    contains(key) ? try number(key, in: range) : nil
  }

  public func boolean(_ key: String) throws(InputError) -> Bool {
    switch try string(key) {
    case "true", "yes", "on": return true
    case "false", "no", "off": return false
    case let text: throw error("'\(text)' is neither true nor false", at: key)
    }
  }

  public func optionalBoolean(_ key: String) throws(InputError) -> Bool? {
    contains(key) ? try boolean(key) : nil
  }

  /// One of `names`, such as the `kind` of a part.
  public func choice(_ key: String, of names: some Collection<String>) throws(InputError) -> String {
    let name = try string(key)
    guard names.contains(name) else {
      throw error("unknown '\(name)'\(suggestion(for: name, in: names))", at: key)
    }
    return name
  }

  /// A nested mapping.
  public func section(_ key: String) throws(InputError) -> Settings {
    guard let node = node(key) else { throw missing(key) }
    guard case .mapping(let typed) = node else { throw error("expected a mapping of keys to values", at: key) }
    var inner = layers.prefix { $0.value(of: key).map { $0.mapping != nil } ?? true }.compactMap { layer -> Layer? in
      guard let node = layer.value(of: key), let mapping = node.mapping else { return nil }
      let line = node.mark?.line ?? layer.line
      return Layer(fileName: layer.fileName, line: line, mapping: mapping, isPart: layer.isPart)
    }
    if inner.isEmpty { inner = [Layer(fileName: fileName, line: line, mapping: typed)] }
    return Settings(layers: inner, path: path.isEmpty ? key : "\(path).\(key)", newValues: newValues)
  }

  /// Whether the key's value is a nested mapping.
  public func isSection(_ key: String) -> Bool { node(key)?.mapping != nil }

  public func optionalSection(_ key: String) throws(InputError) -> Settings? {
    contains(key) ? try section(key) : nil
  }

  /// The scalars of a list.
  public func strings(_ key: String) throws(InputError) -> [String] {
    guard let node = node(key) else { throw missing(key) }
    guard case .sequence(let sequence) = node else { throw error("expected a list", at: key) }
    var values = [String]()
    for element in sequence {
      guard let scalar = element.scalar else { throw error("expected a list of single values", at: key) }
      values.append(scalar.string)
    }
    return values
  }

  /// - Throws: `InputError` at the first key that was never asked for, naming the closest one that was.
  public func rejectUnknownKeys() throws(InputError) {
    for key in keys where !asked.contains(key) {
      throw error("unknown key\(suggestion(for: key, in: asked))", at: key)
    }
    if path.isEmpty { try newValues?.rejectUnplaced(fileName: fileName) }
  }

  /// The key is absent, or somebody misspelt it.
  func missing(_ key: String) -> InputError {
    for other in keys where !asked.contains(other) && closestName(to: other, in: [key]) != nil {
      return error("unknown key; did you mean '\(key)'?", at: other)
    }
    return error("missing", at: key)
  }

  func node(_ key: String) -> Node? {
    asked.insert(key)
    let newValue = newValues?.value(of: key, at: path)
    let values = layers.lazy.compactMap { layer in layer.value(of: key).map { (node: $0, isPart: layer.isPart) } }
    return (newValue == nil ? nil : values.first { !$0.isPart }?.node) ?? newValue ?? values.first?.node
  }

  private static func summary(of error: YamlError) -> String {
    switch error {
    case .scanner(_, let problem, _, _), .parser(_, let problem, _, _), .composer(_, let problem, _, _):
      return "not YAML: \(problem)"
    case .duplicatedKeysInMapping(let keys, _): return "key given twice: \(keys.joined(separator: ", "))"
    default: return "not YAML"
    }
  }

  private static func line(of error: YamlError) -> Int? {
    switch error {
    case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _): return mark.line
    case .duplicatedKeysInMapping(_, let context): return context.mark.line
    default: return nil
    }
  }
}
