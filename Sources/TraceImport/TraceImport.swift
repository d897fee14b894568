import Diagnostics
import Files
import RoutingTrace

/// Reads one foreign format.
public protocol TraceImport: Sendable {
  /// What `--from` calls it.
  var name: String { get }
  /// One line for the list of formats.
  var summary: String { get }
  func open(_ sources: [String], options: ImportOptions) throws(InputError) -> Imported
  /// Whether the sources may be of this format; false unless an importer says otherwise.
  func recognizes(_ sample: SourceSample) -> Bool
  /// The options that mean nothing to most formats and something to this one; none unless an importer says otherwise.
  var heeds: Set<ImportOptions.Special> { get }
  /// Whether `open` heeds `options.draw`; false unless an importer says otherwise: steps are then drawn of what it gives.
  var draws: Bool { get }
}

extension TraceImport {
  public var heeds: Set<ImportOptions.Special> { [] }
  public var draws: Bool { false }

  /// What `open` gives.
  ///
  /// - Throws: also `InputError` (usage) for an option that means nothing to this format.
  public func imported(_ sources: [String], options: ImportOptions) throws(InputError) -> Imported {
    if let idle = ImportOptions.Special.allCases.first(where: { options.gives($0) && !heeds.contains($0) }) {
      throw InputError("means nothing to recordings of \(name)", in: idle.rawValue, status: .usage)
    }
    if let shared = options.sharedExperts, !(0...TraceHeader.maximumTopK).contains(shared) {
      throw InputError("\(shared), expected 0…\(TraceHeader.maximumTopK)", in: "--shared-experts", status: .usage)
    }
    Log.tell(
      "reading \(sources.joined(separator: ", ")) as \(name)",
      ["format": name, "files": sources.joined(separator: ", ")])
    let counter = WorkProgress.begin("reading", .bytes, total: storedBytes(of: sources))
    defer { counter?.end() }
    return try open(sources, options: options)
  }
}
