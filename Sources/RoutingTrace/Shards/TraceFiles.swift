import Diagnostics
import Files
import Foundation

/// The file or the files of a recording: one file, standard input, a folder of files, or several, which are taken as
/// one in the natural order of their names, day2 before day10, in whatever order they are given.
///
///     let files = try TraceFiles(["day1.moetrace", "day2.moetrace"])
///     let steps = try StepSelection(phase: .decode).open(files)
public struct TraceFiles: Sendable {
  /// What the names of trace files end in; other files in a folder are left out, with a note.
  public static let suffixes = [".moetrace", ".jsonl", ".jsonl.gz", ".json"]

  /// Of the files, in the order in which they are read; `-` for standard input.
  public let paths: [String]
  let notes: [String]
  /// Nil for one file that was given as such, which is read as it comes.
  let shards: TraceShards?

  /// - Parameters:
  ///   - paths: files and folders; `-` alone is standard input.
  ///   - threads: threads that look several files over.
  /// - Throws: `InputError`: (usage) a file twice, standard input with others, or files of different shapes; (missing) a
  ///   folder without trace files; where there are several, what is wrong with one that cannot be read or is cut short.
  public init(
    _ paths: [String], threads: Int = ProcessInfo.processInfo.activeProcessorCount
  ) throws(InputError) {
    var (files, notes) = ([String](), [String]())
    for path in paths {
      guard isFolder(path) else {
        files.append(path)
        continue
      }
      let (found, others) = try Self.files(in: path)
      files += found
      if !others.isEmpty { notes.append("Left out of \(path), as no trace has such a name: \(Self.list(others)).") }
    }
    guard !files.isEmpty else { throw InputError("no trace given", status: .usage) }
    guard files.count == 1 || !files.contains("-") else {
      throw InputError("cannot be one of several traces; give it alone", in: "standard input", status: .usage)
    }
    if files.count > 1 { files.sort { comesNaturally($0, before: $1) } }
    try Self.requireDistinct(files)
    self.paths = files
    self.notes = notes
    let isOne = files.count == 1 && notes.isEmpty
    shards = isOne ? nil : try TraceShards(files, notes: notes, threads: threads)
  }

  private init(paths: [String], notes: [String], shards: TraceShards) {
    (self.paths, self.notes, self.shards) = (paths, notes, shards)
  }

  /// The same, looked over though it may be one file.
  func lookedOver(_ shards: TraceShards) -> TraceFiles { TraceFiles(paths: paths, notes: notes, shards: shards) }

  /// Whether all can be read more than once.
  public var areReadableAgain: Bool { paths.allSatisfy(isReadableAgain) }

  /// The files of one path, in the order in which they are read: of a folder, those that are traces by their names.
  ///
  /// - Throws: `InputError` (missing) for a folder without a trace file.
  package static func paths(of path: String) throws(InputError) -> [String] {
    guard isFolder(path) else { return [path] }
    return try files(in: path).files.sorted { comesNaturally($0, before: $1) }
  }

  /// The trace files in a folder, and the names of the others.
  ///
  /// - Throws: `InputError` (missing) where there is no trace file.
  private static func files(in folder: String) throws(InputError) -> (files: [String], others: [String]) {
    let names = try namesInFolder(folder)
    let found = names.filter { isTrace($0) && !isFolder("\(folder)/\($0)") }
    guard !found.isEmpty else {
      let holds = names.isEmpty ? "it is empty" : "it holds \(list(names))"
      throw InputError(
        "a folder without traces (\(suffixes.joined(separator: ", "))): \(holds)", in: folder, status: .missing)
    }
    let prefix = folder.hasSuffix("/") ? folder : "\(folder)/"
    return (found.map { prefix + $0 }, names.filter { !found.contains($0) })
  }

  /// The first few names, and how many more there are.
  private static func list(_ names: [String]) -> String {
    let shown = names.prefix(3).joined(separator: ", ")
    return names.count > 3 ? "\(shown) and \(names.count - 3) more" : shown
  }

  private static func isTrace(_ name: String) -> Bool { suffixes.contains { name.hasSuffix($0) } }

  /// Whether a folder holds traces in formats of this project alone.
  package static func areIn(folder: String) -> Bool {
    guard let names = try? namesInFolder(folder) else { return false }
    return names.contains { name in suffixes.dropLast().contains { name.hasSuffix($0) } }
  }

  private static func requireDistinct(_ files: [String]) throws(InputError) {
    var seen: [FileIdentity: String] = [:]
    for file in files {
      guard let identity = FileIdentity(file) else { continue }
      if let before = seen.updateValue(file, forKey: identity) {
        let same = before == file ? "given twice" : "the same file as \(before)"
        throw InputError("\(same); --repeat replays a recording several times", in: file, status: .usage)
      }
    }
  }
}
