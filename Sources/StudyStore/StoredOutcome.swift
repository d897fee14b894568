import Diagnostics
import GRDB
import Replay
import Reporting
import Studies

/// A job's outcome as rows.
struct StoredOutcome {
  private let outcome: StudyOutcome
  private let identity: StudyIdentity

  private static let columns =
    [
      "key", "job", "trace", "model", "phase", "seed", "cluster", "ranks", "policy", "isBaseline", "causal", "verdict",
      "finding", "error",
    ] + Figure.all.map { StoreSchema.column(of: $0.path) }
  /// A baseline is in every job of its setting, the same each time.
  private static let statement =
    "INSERT OR IGNORE INTO replays (\(columns.joined(separator: ", "))) VALUES (\(databaseQuestionMarks(count: columns.count)))"

  init(_ outcome: StudyOutcome, _ identity: StudyIdentity) {
    self.outcome = outcome
    self.identity = identity
  }

  func insert(into database: Database) throws {
    let names = outcome.job.policies.filter { name in !outcome.failures.contains { $0.policy == name } }
    if let result = outcome.result {
      guard result.policies.count == names.count + 1 else {
        throw InputError(
          "\(result.policies.count - 1) results of \(names.count) policies", in: "job \(outcome.job.job)")
      }
      for (index, policy) in result.policies.enumerated() {
        try insert(
          index == 0 ? identity.baseline : names[index - 1], result: policy, error: nil, isBaseline: index == 0,
          into: database)
      }
      for note in result.notes {
        try database.execute(sql: "INSERT INTO notes VALUES (?, ?)", arguments: [outcome.job.job, note])
      }
    }
    for failure in outcome.failures {
      try insert(failure.policy, result: nil, error: failure.error, isBaseline: false, into: database)
    }
  }

  private func insert(
    _ name: String, result: PolicyResult?, error: String?, isBaseline: Bool, into database: Database
  ) throws {
    let job = outcome.job
    let key = try identity.of(name, in: job)
    let finding = isBaseline ? nil : outcome.result.flatMap { whole in result.map { Finding(of: $0, in: whole) } }
    let identities: [(any DatabaseValueConvertible)?] = [
      key, job.job, job.trace, job.model, job.phase, Int64(clamping: job.seed), job.cluster, job.ranks, name,
      isBaseline, result?.causal, finding?.verdict.rawValue, finding?.rawValue, error,
    ]
    let figures: [(any DatabaseValueConvertible)?] = Figure.all.map { figure in
      isBaseline && figure.isComparison ? nil : result.flatMap(figure.value)
    }
    try database.cachedStatement(sql: Self.statement).execute(arguments: StatementArguments(identities + figures))
    guard database.changesCount > 0 else { return }
    for (axis, text) in [("trace", job.trace), ("model", job.model), ("cluster", job.cluster), ("policy", name)] {
      for (setting, value) in changes(in: text).changes {
        try database.cachedStatement(sql: "INSERT INTO settings VALUES (?, ?, ?, ?)")
          .execute(arguments: [key, axis, setting, value])
      }
    }
  }
}
