import Containers
import Diagnostics

/// Tells the textual formats apart.
enum TextTrace {
  static func decoder(for lines: LineReader) throws(InputError) -> any StepDecoder {
    guard let first = try lines.next() else { throw InputError("empty file, expected a routing trace") }
    guard first.first(where: { $0 != 0x20 && $0 != 0x09 }) == UInt8(ascii: "{") else {
      throw InputError(
        "not a routing trace: it begins with neither a gzip member nor a JSON object (other recordings: convert)",
        at: .init(byte: 0))
    }
    if isHeader(first) { return try JSONLinesReader(header: first, lines: lines) }
    let text = try lines.rest(after: first)
    return try CountsSteps(try CountsRecording(json: text), name: lines.input.name)
  }

  /// Whether the line is a whole object with `format` or `version` among its keys, or at least not one of counts.
  private static func isHeader(_ line: [UInt8]) -> Bool {
    var scanner = JSONScanner(line)
    var isCounts = false
    do throws(InputError) {
      try scanner.object { scanner, key throws(InputError) in
        isCounts = isCounts || key == "logical_count"
        if isCounts { throw scanner.failure("") }
        try scanner.skipValue()
      }
      return true
    } catch { return !isCounts && line.count > 1 }
  }
}
