import Diagnostics
import Foundation

/// A folder of named files that ship with the tool: `policies`, `clusters`, `models` or `workloads`, all YAML, or
/// `validation`, CSV.
///
/// A name is looked up in the working directory, then `$EXPERT_REPLAY_HOME`, then `../share/expert-replay` beside the
/// installed binary. Entries of a catalog's shelves have the shelf before their name, as in `systems/vllm`; any other name
/// with a slash is a path, as is one with a dot that is no entry.
public struct Catalog: Sendable {
  public let folder: String
  /// Folders below it whose entries are named with them.
  private let shelves: [String]
  private let fileExtension: String
  private let roots: [String]

  public init(
    _ folder: String, shelves: [String] = [], fileExtension: String = "yaml", roots: [String] = Catalog.defaultRoots
  ) {
    self.folder = folder
    self.shelves = shelves
    self.fileExtension = fileExtension
    self.roots = roots
  }

  /// As the process was started.
  public static let defaultRoots = roots(
    environment: ProcessInfo.processInfo.environment,
    executable: Bundle.main.executablePath ?? CommandLine.arguments[0])

  /// Where names are looked up, in order.
  ///
  /// - Parameter executable: the running binary, or a symbolic link to it.
  package static func roots(environment: [String: String], executable: String) -> [String] {
    let binary = URL(fileURLWithPath: executable).resolvingSymlinksInPath()
    let installed = binary.deletingLastPathComponent().deletingLastPathComponent()
    let home = environment["EXPERT_REPLAY_HOME"].flatMap { $0.isEmpty ? nil : $0 }
    return [".", home, installed.appendingPathComponent("share/expert-replay").path].compactMap(\.self)
  }

  /// Every name in the catalog, sorted, those on shelves last.
  public var names: [String] {
    names(in: folder) + shelves.flatMap { shelf in names(in: "\(folder)/\(shelf)").map { "\(shelf)/\($0)" } }
  }

  private func names(in folder: String) -> [String] {
    let files = roots.flatMap { (try? FileManager.default.contentsOfDirectory(atPath: "\($0)/\(folder)")) ?? [] }
    let suffix = ".\(fileExtension)"
    return Set(files.filter { $0.hasSuffix(suffix) }.map { String($0.dropLast(suffix.count)) }).sorted()
  }

  /// The path of the file that `name` stands for.
  ///
  /// - Throws: `InputError` (missing) that names the closest known entry.
  public func path(of name: String) throws(InputError) -> String {
    let isShelved = shelves.contains { name.hasPrefix("\($0)/") }
    if !name.contains("/") || isShelved {
      for root in roots {
        let file = "\(folder)/\(name).\(fileExtension)"
        let path = root == "." ? file : "\(root)/\(file)"
        if FileManager.default.fileExists(atPath: path) { return path }
      }
    }
    if FileManager.default.fileExists(atPath: name), name.contains("/") || name.contains(".") { return name }
    if name.contains("/") && !isShelved || name.contains(".") {
      throw MissingPath.error(name)
    }
    let places = roots.map { $0 == "." ? "\(folder)/" : "\($0)/\(folder)/" }.joined(separator: ", ")
    throw InputError("no such entry\(suggestion(for: name)); looked in \(places)", in: name, status: .missing)
  }

  /// As of all names; one on a shelf is also meant by what it is called there.
  private func suggestion(for name: String) -> String {
    let names = names
    let shelved = names.filter { $0.contains("/") }
    let titles = shelved.map { String($0[$0.index(after: $0.lastIndex(of: "/") ?? $0.startIndex)...]) }
    guard closestName(to: name, in: names) == nil, let title = closestName(to: name, in: titles),
      let meant = zip(titles, shelved).first(where: { $0.0 == title })?.1
    else { return Diagnostics.suggestion(for: name, in: names) }
    return Diagnostics.suggestion(for: meant, in: names)
  }

  /// The text of the file that `name` stands for, and its path for messages.
  public func load(_ name: String) throws(InputError) -> (path: String, text: String) {
    let path = try path(of: name)
    Log.tell("\(folder): \(name) is \(path)", ["catalog": folder, "name": name, "file": path])
    return (path, try readText(path))
  }
}
