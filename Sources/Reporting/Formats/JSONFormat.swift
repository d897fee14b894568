import Foundation

extension ReportFormat {
  /// The whole result for programs; `docs/schema/` describes it.
  public static let json = ReportFormat("json", "everything, for programs", needs: .digest) { report, _ in
    switch try report.content {
    case .object(let value): try jsonText(value)
    case .list(let values): try jsonText(values.map(AnyEncodable.init))
    }
  }
}

/// Any value as JSON with sorted keys, so that equal values are equal bytes. All our JSON is printed by this.
public func jsonText(_ value: some Encodable) throws -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
  return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
}

private struct AnyEncodable: Encodable {
  let value: any Encodable

  func encode(to encoder: any Encoder) throws { try value.encode(to: encoder) }
}
