import Diagnostics

/// What a trace carries beside its routing, and need not.
public enum TracePart: String, CaseIterable, Sendable {
  case tokenIDs = "token-ids"
  case sequences
  case weights
  case sources
  /// Where the trace came from, and its name, which is that of the recording's file.
  case provenance

  public static var names: [String] { allCases.map(\.rawValue) }

  /// Parts by their names, separated by commas.
  ///
  /// - Throws: `InputError` (usage) that names the closest for an unknown one.
  public static func parse(_ text: String) throws(InputError) -> [TracePart] {
    try text.split(separator: ",", omittingEmptySubsequences: false).map { name throws(InputError) in
      let name = name.filter { $0 != " " }
      guard let part = TracePart(rawValue: String(name)) else {
        throw InputError(
          "unknown '\(name)'\(suggestion(for: String(name), in: names)); expected \(names.joined(separator: ", "))",
          in: "--without", status: .usage)
      }
      return part
    }
  }
}

/// The steps of a source without some of what they carry, so that a trace can be given away. Routing stays as it is.
public final class WithoutParts: StepSource {
  public let header: TraceHeader
  public var origin: StepOrigin { source.origin }
  public var notes: [String] { source.notes }
  public var fraction: Double? { source.fraction }
  private let parts: Set<TracePart>
  private let source: any StepSource

  public init(_ parts: Set<TracePart>, of source: any StepSource) {
    self.parts = parts
    self.source = source
    var header = source.header
    if parts.contains(.provenance) {
      header.provenance = nil
      header.name = "trace"
    }
    self.header = header
  }

  public func next() throws -> RoutingStep? {
    guard var step = try source.next() else { return nil }
    if parts.contains(.tokenIDs) { step.tokenIDs = nil }
    if parts.contains(.sequences) { step.sequences = nil }
    if parts.contains(.weights) { step.weights = nil }
    if parts.contains(.sources) { step.sources = nil }
    return step
  }
}
