import Diagnostics
import PerformanceModel

/// What a table is of: its columns, and how the models predict a row.
///
/// A kind is one file in `Kinds/` and its line in `registry`.
public struct MeasurementKind: Sendable {
  /// What a table's `kind` calls it.
  public let name: String
  let summary: String
  /// Columns that must be there, or stand above the table.
  let required: [String]
  /// What else it may say.
  let optional: [String]
  /// The columns that hold times, of which one must be there.
  let measured: [String]
  /// Whether tokens are sent between ranks in it.
  let hasTraffic: Bool
  /// Whether experts compute in it.
  let hasExperts: Bool
  /// Whether every rank runs the model's shared experts, too.
  var hasSharedExperts = false
  /// Whether it is of loads from tiers of storage, and of no model.
  var isOfStorage = false
  /// Whether dispatch and combine are timed apart.
  var operationsAreApart: Bool { hasTraffic && !hasExperts }
  /// Whether it is of tokens at all.
  var hasTokens: Bool { hasTraffic || hasExperts }
  /// Whether `tokens` are a rank's rather than the whole group's.
  let tokensArePerRank: Bool
  /// The measurements of a row: what each is of, and its column.
  let operations: @Sendable (TableCells) throws(InputError) -> [(MeasurementTable.Operation, column: String)]
  /// Microseconds of one row under one load, on a machine of the row's size.
  let predict: @Sendable (PreparedRow, SizedMachine) throws -> Double

  public static let registry = Registry(
    "kind", [allToAll, experts, layer, step, stall, load].map { .init($0.name, $0.summary, $0) })

  /// What every kind has.
  private static let common = [
    "cluster", "gpu", "links", "kernel", "expert_kernels", "ranks", "fitted", "doubtful",
  ]

  /// What every kind has that is of a model.
  private static let ofModels = ["model", "hidden", "experts", "topk"]

  /// What every kind has that is of tokens.
  private static let ofTokens = ["groups", "groups_per_token", "tokens", "distribution"]

  /// All but those of `measured`.
  var columns: [String] {
    let shared = Self.common + (isOfStorage ? [] : Self.ofModels) + (hasTokens ? Self.ofTokens : [])
    return shared + (required + optional).filter { !shared.contains($0) }
  }

  /// Of all kinds.
  static let allColumns = Set(registry.entries.flatMap { $0.item.columns + $0.item.measured })

  var withoutMeasurement: String {
    let all = measured.dropLast().joined(separator: ", ")
    return all.isEmpty ? "no column '\(measured[0])'" : "no column of times: \(all) or \(measured[measured.count - 1])"
  }

  /// Prefill or decode, as sources call them.
  static func phase(of cells: TableCells) throws(InputError) -> MeasurementTable.Operation {
    switch try cells.required("phase") {
    case "prefill", "context": return .prefill
    case "decode", "generation": return .decode
    case let phase: throw cells.error("phase '\(phase)', expected prefill or decode", at: "phase")
    }
  }

  /// One measurement, of the row's phase.
  static func ofPhase(
    _ cells: TableCells
  ) throws(InputError) -> [(MeasurementTable.Operation, column: String)] {
    [(try phase(of: cells), column: "us")]
  }
}
