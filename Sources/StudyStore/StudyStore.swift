import Diagnostics
import Files
import Foundation
import GRDB
import Studies

/// A study's results in one SQLite file: a row for each replay, a column for each figure.
public final class StudyStore {
  public let path: String
  let queue: DatabaseQueue

  /// Makes a store under a temporary name, with what is in the one that it will replace and its tables up to date.
  ///
  /// - Parameter path: what it will be called.
  /// - Throws: `InputError`: not such a file; (output) one that cannot be made.
  init(making path: String, at output: OutputPath) throws {
    self.path = path
    do {
      // Whatever happens before it is complete, the file goes: nothing has to be rolled back from a journal beside it.
      var configuration = Configuration()
      configuration.prepareDatabase { database in
        try database.execute(sql: "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF")
      }
      queue = try DatabaseQueue(path: output.temporaryPath, configuration: configuration)
      if output.replacesFile {
        let earlier = try DatabaseQueue(path: path)
        try earlier.backup(to: queue)
        try earlier.close()
      }
      try StoreSchema.migrator.migrate(queue)
      try queue.write(StoreSchema.addFigures)
    } catch { throw Self.failure(error, path, status: .output) }
  }

  /// - Throws: `InputError`: (missing) no such file; not the results of a study.
  public init(reading path: String) throws {
    self.path = path
    _ = try FileInput(path: path)
    do {
      var configuration = Configuration()
      configuration.readonly = true
      queue = try DatabaseQueue(path: path, configuration: configuration)
      guard try queue.read({ try $0.tableExists("replays") }) else {
        throw InputError("not the results of a study; expected what study collect wrote", in: path)
      }
    } catch { throw Self.failure(error, path, status: .data) }
  }

  /// Whether a file is a database, of whatever kind; false for standard input and files that cannot be read.
  public static func isDatabase(_ path: String) -> Bool {
    guard path != "-", let input = try? FileInput(path: path) else { return false }
    return (try? input.read(count: 16)) == Array("SQLite format 3\0".utf8)
  }

  static func failure(_ error: any Error, _ path: String, status: InputError.Status) -> InputError {
    if let error = error as? InputError { return error }
    if error is RowDecodingError { return InputError("not the results of a study: a value of another kind", in: path) }
    guard let error = error as? DatabaseError else { return InputError("\(error)", in: path, status: status) }
    if error.resultCode == .SQLITE_NOTADB || error.resultCode == .SQLITE_CORRUPT {
      return InputError("not the results of a study: \(error.message ?? "not SQLite")", in: path)
    }
    return InputError("SQLite: \(error.message ?? "\(error.resultCode)")", in: path, status: status)
  }

  func read<Value>(_ body: (Database) throws -> Value) throws -> Value {
    do { return try queue.read(body) } catch { throw Self.failure(error, path, status: .data) }
  }

  /// The study's name; nil before anything was collected.
  public func name() throws -> String? {
    try read { try String.fetchOne($0, sql: "SELECT value FROM study WHERE key = 'study'") }
  }

  /// Jobs of the manifest that it was collected from, and those of them that it has.
  public func completeness() throws -> (planned: Int, collected: Int) {
    try read { database in
      let planned = try String.fetchOne(database, sql: "SELECT value FROM study WHERE key = 'jobs'").flatMap(Int.init)
      let collected = try Int.fetchOne(database, sql: "SELECT COUNT(DISTINCT job) FROM replays")
      return (planned ?? 0, collected ?? 0)
    }
  }
}
