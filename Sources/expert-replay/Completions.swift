import ArgumentParser
import Diagnostics
import Files
import Foundation
import Presets

/// What shells offer for a value.
extension CompletionKind {
  /// The names of a catalog, also those in the user's own folders, and files.
  static func names(in catalog: Catalog, ending: String = "yaml") -> CompletionKind {
    names(in: catalog, endings: [ending])
  }

  /// What `screen --baseline` takes: policies, and plans in force.
  static let plans = names(in: PresetCatalog.policies, endings: ["yaml", "json", "pt", "npy"])

  private static func names(in catalog: Catalog, endings: [String]) -> CompletionKind {
    .custom { _, _, prefix in
      (catalog.names + files(beside: prefix, endings: endings)).filter { $0.hasPrefix(prefix) }
    }
  }

  /// The names of siblings.
  static func names<Item>(of registry: Registry<Item>) -> CompletionKind { .list(registry.names) }

  static let traces = CompletionKind.file(extensions: ["moetrace", "jsonl", "jsonl.gz", "json"])
  static let anyFile = CompletionKind.file()

  /// Files of these endings, and folders, in the folder that a prefix names so far, as they would be typed.
  private static func files(beside prefix: String, endings: [String]) -> [String] {
    let folder = prefix.lastIndex(of: "/").map { String(prefix[...$0]) } ?? ""
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.isEmpty ? "." : folder)) ?? []
    return names.sorted().compactMap { name in
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: folder + name, isDirectory: &isFolder) else { return nil }
      if isFolder.boolValue { return folder.isEmpty || name.hasPrefix(".") ? nil : "\(folder)\(name)/" }
      return endings.contains { name.hasSuffix(".\($0)") } ? folder + name : nil
    }
  }
}
