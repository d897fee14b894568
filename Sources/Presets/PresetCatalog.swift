import Diagnostics
import Files
import Foundation

/// The folders of named files: a name, a path, or either with changed values after a colon, as in `eplb`, `mine.yaml` or
/// `eplb:window=16,steps=16`.
///
/// A name is looked up in the working directory, then `$EXPERT_REPLAY_HOME`, then `../share/expert-replay` beside the
/// installed binary.
public enum PresetCatalog {
  public static let clusters = Catalog("clusters")
  public static let models = Catalog("models")
  public static let policies = Catalog("policies", shelves: ["caches", "systems"])
  /// Whole serving systems' default behaviour, policies without their shelf's name.
  public static let systems = Catalog("policies/systems")
  public static let workloads = Catalog("workloads")
  public static let validation = Catalog("validation", fileExtension: "csv")
  public static let studies = Catalog("studies")

  /// The cluster that a replay is priced on where none is named.
  public static let usualCluster = "h100-cx7"

  /// The values of a file, those after the colon in the place of its own, and the file's path.
  ///
  /// - Throws: `InputError`: no such entry, naming the closest; not YAML; a changed key that the file cannot have.
  package static func settings(_ name: String, in catalog: Catalog) throws -> (path: String, settings: Settings) {
    var file = name
    var overrides: String?
    if let colon = name.firstIndex(of: ":"), !FileManager.default.fileExists(atPath: name) {
      file = String(name[..<colon])
      overrides = String(name[name.index(after: colon)...])
    }
    let (path, text) = try catalog.load(file)
    return (path, try Settings(parsing: text, name: path, overrides: overrides))
  }
}
