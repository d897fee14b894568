import Diagnostics
import Foundation

extension ReportFormat {
  /// The whole result for programs; `docs/schema/` describes it.
  public static let json = ReportFormat("json", "everything, for programs", needs: .digest) { report, _ in
    switch try report.content {
    case .object(let value): try jsonText(Versioned(value: value))
    case .list(let values): try jsonText(values.map(Versioned.init))
    }
  }
}

/// Any value as JSON with sorted keys, so that equal values are equal bytes. All our JSON is printed by this.
public func jsonText(_ value: some Encodable) throws -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
  return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
}

/// An object with one more key, which says what printed it.
private struct Versioned: Encodable {
  private enum Key: CodingKey { case version }

  let value: any Encodable

  func encode(to encoder: any Encoder) throws {
    try value.encode(to: encoder)
    var object = encoder.container(keyedBy: Key.self)
    try object.encode(expertReplayVersion, forKey: .version)
  }
}
