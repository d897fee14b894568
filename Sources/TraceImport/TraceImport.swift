import Diagnostics

/// Reads one foreign format.
public protocol TraceImport: Sendable {
  /// What `--from` calls it.
  var name: String { get }
  /// One line for the list of formats.
  var summary: String { get }
  func open(_ sources: [String], options: ImportOptions) throws(InputError) -> Imported
  /// Whether the sources may be of this format; false unless an importer says otherwise.
  func recognizes(_ sample: SourceSample) -> Bool
}
