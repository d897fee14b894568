import Containers
import Diagnostics

/// The header as one line of JSON: the first line of both of the project's formats.
extension TraceHeader {
  static let formatName = "moe-routing-trace"

  /// One line without its newline. Keys that do not apply are absent.
  var json: String {
    var members = [
      "\"format\":\(quoted(Self.formatName))", "\"version\":\(Self.currentVersion)", "\"name\":\(quoted(name))",
      "\"layers\":\(layers)", "\"experts\":\(experts)",
    ]
    if let topK { members.append("\"topK\":\(topK)") }
    members.append("\"content\":\(quoted(content.rawValue))")
    if layerNumbers != Array(0..<layers) {
      members.append("\"layerNumbers\":[\(layerNumbers.map(String.init).joined(separator: ","))]")
    }
    if let model { members.append("\"model\":\(quoted(model))") }
    if let groups { members.append("\"groups\":\(groups)") }
    if let phase { members.append("\"phase\":\(quoted(phase.rawValue))") }
    if let provenance { members.append("\"provenance\":\(provenance.json)") }
    return "{\(members.joined(separator: ","))}"
  }

  /// - Throws: `InputError` for JSON that is not a header, an unknown version, key or value, or an impossible shape.
  init(json line: [UInt8]) throws(InputError) {
    var fields = Fields()
    var scanner = JSONScanner(line)
    try scanner.object { scanner, key throws(InputError) in try fields.read(key, from: &scanner) }
    try scanner.end()
    guard fields.format == Self.formatName else {
      throw InputError("not a routing trace: the first line needs \"format\":\"\(Self.formatName)\"")
    }
    guard fields.version == Self.currentVersion else {
      throw InputError("version \(fields.version ?? 0), this reader knows version \(Self.currentVersion)")
    }
    guard let layers = fields.layers else { throw InputError("the header has no 'layers'") }
    guard let experts = fields.experts else { throw InputError("the header has no 'experts'") }
    guard let content = fields.content else { throw InputError("the header has no 'content'") }
    guard (1...Self.maximumLayers).contains(layers) else {
      throw InputError("\(layers) layers, expected 1…\(Self.maximumLayers)")
    }
    let numbers = fields.layerNumbers ?? Array(0..<layers)
    guard numbers.count == layers else {
      throw InputError("\(numbers.count) layer numbers for \(layers) layers")
    }
    self.init(
      name: fields.name ?? "trace", content: content, provenance: fields.provenance, model: fields.model,
      layerNumbers: numbers, experts: experts, topK: fields.topK, groups: fields.groups, phase: fields.phase)
    try validate()
  }

  private struct Fields {
    var format: String?
    var version: Int?
    var name: String?
    var layers: Int?
    var experts: Int?
    var topK: Int?
    var content: Content?
    var layerNumbers: [Int]?
    var model: String?
    var groups: Int?
    var phase: Phase?
    var provenance: Provenance?

    static let known = [
      "format", "version", "name", "layers", "experts", "topK", "content", "layerNumbers", "model", "groups", "phase",
      "provenance",
    ]

    mutating func read(_ key: String, from scanner: inout JSONScanner) throws(InputError) {
      switch key {
      case "format": format = try scanner.string()
      case "version": version = try scanner.integer()
      case "name": name = try scanner.string()
      case "layers": layers = try scanner.integer()
      case "experts": experts = try scanner.integer()
      case "topK": topK = try scanner.integer()
      case "content": content = try scanner.choice(Content.init, of: ["tokens", "counts"])
      case "layerNumbers":
        var numbers = [Int]()
        try scanner.array { scanner throws(InputError) in
          guard numbers.count < maximumLayers else { throw scanner.failure("more than \(maximumLayers) layers") }
          numbers.append(try scanner.integer())
        }
        layerNumbers = numbers
      case "model": model = try scanner.string()
      case "groups": groups = try scanner.integer()
      case "phase": phase = try scanner.choice(Phase.init, of: Phase.allCases.map(\.rawValue))
      case "provenance": provenance = try Provenance(from: &scanner)
      default: throw scanner.failure("unknown key '\(key)'\(suggestion(for: key, in: Self.known))")
      }
    }
  }
}

extension JSONScanner {
  /// A string that names one of `names`.
  mutating func choice<Value>(_ make: (String) -> Value?, of names: [String]) throws(InputError) -> Value {
    let name = try string()
    guard let value = make(name) else { throw failure("unknown '\(name)'\(suggestion(for: name, in: names))") }
    return value
  }
}

extension TraceHeader.Provenance {
  fileprivate var json: String {
    var members = ["\"origin\":\(quoted(origin.rawValue))"]
    if let method { members.append("\"method\":\(quoted(method))") }
    if let from { members.append("\"from\":\(quoted(from))") }
    if let licence { members.append("\"licence\":\(quoted(licence))") }
    return "{\(members.joined(separator: ","))}"
  }

  fileprivate init(from scanner: inout JSONScanner) throws(InputError) {
    var origin: Origin?
    var (method, from, licence): (String?, String?, String?)
    try scanner.object { scanner, key throws(InputError) in
      switch key {
      case "origin": origin = try scanner.choice(Origin.init, of: ["recorded", "synthetic"])
      case "method": method = try scanner.string()
      case "from": from = try scanner.string()
      case "licence": licence = try scanner.string()
      default:
        let known = ["origin", "method", "from", "licence"]
        throw scanner.failure("unknown key 'provenance.\(key)'\(suggestion(for: key, in: known))")
      }
    }
    guard let origin else { throw scanner.failure("'provenance' has no 'origin'") }
    self.init(origin: origin, method: method, from: from, licence: licence)
  }
}
