import Containers
import Diagnostics
import Files
import RoutingTrace

/// Answers of vLLM's, SGLang's and NVIDIA Dynamo's APIs: JSON Lines of responses or of lists of them, one JSON list, or
/// streams as server-sent events (`data: {…}`).
struct ResponsesImport: TraceImport {
  let name = "responses"
  let summary = "JSON Lines, lists or streams of vLLM, SGLang or Dynamo API responses with routed_experts"
  let heeds: Set<ImportOptions.Special> = [.recordedLayers, .sharedExperts]

  func recognizes(_ sample: SourceSample) -> Bool { sample.isResponse(with: "routed_experts") }

  func open(_ sources: [String], options: ImportOptions) throws(InputError) -> Imported {
    try requireSources(sources, 1...4096, name)
    guard !sources.contains("-") else {
      throw InputError("is read twice, which standard input does not allow; give a file", in: name, status: .usage)
    }
    return try RoutedArrays(sources: sources, format: name, options: options) { () throws(InputError) in
      ResponseSequences(sources, options: options)
    }.imported
  }
}

private final class ResponseSequences: RoutedArraySource {
  private var sources: ArraySlice<String>
  private let options: ImportOptions
  private var path = ""
  private var lines: LineReader?
  private var ready: ArraySlice<(RoutedArray, place: String)> = []
  private var responses = 0
  /// Hashes of the identifiers of responses with and without routes; a stream has both.
  private var routed: Set<Int> = []
  private var unrouted: Set<Int> = []
  /// Responses without routes and without an identifier.
  private var unnamed = 0

  init(_ sources: [String], options: ImportOptions) {
    self.sources = sources[...]
    self.options = options
  }

  var notes: [String] {
    let without = unrouted.subtracting(routed).count + unnamed
    return without == 0
      ? [] : ["\(counted(without, "request")) without routed_experts left out, as aborted ones are recorded"]
  }

  var emptiness: String { "no 'routed_experts' in \(counted(responses, "response"))" }

  func next() throws(InputError) -> (RoutedArray, place: String)? {
    while ready.isEmpty {
      guard let reader = lines, let line = try attributing(path, { () throws(InputError) in try reader.next() }) else {
        guard let path = sources.popFirst() else { return nil }
        self.path = path
        let input = try FileInput(path: path)
        lines = LineReader(input, limit: inflateLimit(compressed: input.size ?? 0))
        continue
      }
      try read(line, of: reader)
    }
    return ready.removeFirst()
  }

  private func read(_ line: [UInt8], of reader: LineReader) throws(InputError) {
    let place = InputError.Place(line: reader.line)
    do throws(InputError) {
      if place.line == 1, Self.isBracket(line) {
        try Response.read(reader.rest(after: line), options: options, countsLines: true) { take($0, place: path) }
      } else if let text = Self.content(line) {
        let described = "\(path): line \(place.line ?? 0)"
        try Response.read(text, options: options, countsLines: false) { take($0, place: described) }
      }
    } catch {
      throw InputError(error.message, in: path, at: error.place.line == nil ? place : error.place, status: error.status)
    }
  }

  private func take(_ response: Response, place: String) {
    responses += 1
    if let identifier = response.identifier {
      if response.arrays.isEmpty { unrouted.insert(identifier.hashValue) } else { routed.insert(identifier.hashValue) }
    } else if response.arrays.isEmpty {
      unnamed += 1
    }
    ready += response.arrays.map { ($0, place) }
  }

  /// Whether a document begins that goes on over many lines.
  private static func isBracket(_ line: [UInt8]) -> Bool {
    let marks = line.filter { $0 > 0x20 }
    return marks == [UInt8(ascii: "[")] || marks == [UInt8(ascii: "{")]
  }

  /// The JSON of a line, or of an event of a stream; nil for an event's other fields, comments and its end.
  private static func content(_ line: [UInt8]) -> [UInt8]? {
    guard let first = line.first(where: { $0 > 0x20 }) else { return nil }
    if first == UInt8(ascii: "{") || first == UInt8(ascii: "[") { return line }
    if line.starts(with: "data:".utf8) {
      let rest = line.dropFirst("data:".utf8.count).drop { $0 == 0x20 }
      return rest.starts(with: "[DONE]".utf8) ? nil : Array(rest)
    }
    let isField = [":", "event:", "id:", "retry:"].contains { line.starts(with: $0.utf8) }
    return isField ? nil : line
  }
}
