import Diagnostics
import Foundation

/// A folder of named files that ship with the tool: `policies`, `clusters`, `models` or `workloads`, all YAML, or
/// `validation`, CSV.
///
/// A name is looked up in the working directory, then `$EXPERT_REPLAY_HOME`, then `../share/expert-replay` beside the
/// installed binary. A name with a slash is a path, as is one with a dot that is no entry.
public struct Catalog: Sendable {
  public let folder: String
  private let fileExtension: String
  private let roots: [String]

  public init(_ folder: String, fileExtension: String = "yaml", roots: [String] = Catalog.defaultRoots) {
    self.folder = folder
    self.fileExtension = fileExtension
    self.roots = roots
  }

  public static var defaultRoots: [String] {
    roots(
      environment: ProcessInfo.processInfo.environment,
      executable: Bundle.main.executablePath ?? CommandLine.arguments[0])
  }

  /// Where names are looked up, in order.
  ///
  /// - Parameter executable: the running binary, or a symbolic link to it.
  package static func roots(environment: [String: String], executable: String) -> [String] {
    let binary = URL(fileURLWithPath: executable).resolvingSymlinksInPath()
    let installed = binary.deletingLastPathComponent().deletingLastPathComponent()
    let home = environment["EXPERT_REPLAY_HOME"].flatMap { $0.isEmpty ? nil : $0 }
    return [".", home, installed.appendingPathComponent("share/expert-replay").path].compactMap(\.self)
  }

  /// Every name in the catalog, sorted.
  public var names: [String] {
    let files = roots.flatMap { (try? FileManager.default.contentsOfDirectory(atPath: "\($0)/\(folder)")) ?? [] }
    let suffix = ".\(fileExtension)"
    return Set(files.filter { $0.hasSuffix(suffix) }.map { String($0.dropLast(suffix.count)) }).sorted()
  }

  /// The path of the file that `name` stands for.
  ///
  /// - Throws: `InputError` (missing) that names the closest known entry.
  public func path(of name: String) throws(InputError) -> String {
    if !name.contains("/") {
      for root in roots {
        let file = "\(folder)/\(name).\(fileExtension)"
        let path = root == "." ? file : "\(root)/\(file)"
        if FileManager.default.fileExists(atPath: path) { return path }
      }
    }
    if name.contains("/") || name.contains(".") {
      guard FileManager.default.fileExists(atPath: name) else {
        throw InputError("no such file", in: name, status: .missing)
      }
      return name
    }
    let places = roots.map { $0 == "." ? "\(folder)/" : "\($0)/\(folder)/" }.joined(separator: ", ")
    throw InputError(
      "no such entry\(suggestion(for: name, in: names)); looked in \(places)", in: name, status: .missing)
  }

  /// The text of the file that `name` stands for, and its path for messages.
  public func load(_ name: String) throws(InputError) -> (path: String, text: String) {
    let path = try path(of: name)
    return (path, try readText(path))
  }
}
