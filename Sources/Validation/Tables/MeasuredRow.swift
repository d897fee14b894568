import PerformanceModel

extension MeasurementTable {
  /// What a measurement is of: one All-to-All, or the phase of experts, a layer or a step.
  public enum Operation: String, CaseIterable, Sendable {
    case dispatch, combine
    /// A combine whose copies are in the format of the row's dispatch.
    case combineLowPrecision = "combine_low_precision"
    case prefill, decode
    /// Experts that move.
    case moves
    /// Bytes from a tier of storage.
    case load
  }

  /// What every rank of a row loads.
  public struct StorageLoad: Equatable, Sendable {
    public var tier: StorageTier
    public var bytes: Double
  }

  /// How a row relates to the cluster file that predicts it.
  public enum Use: String, CaseIterable, Sendable {
    /// The cluster's figures were fitted to it.
    case fitted = "yes"
    case leftOut = "no"
    /// Left out, and probably not what it says it is.
    case suspect
  }

  public struct Row: Equatable, Sendable {
    public var line: Int
    /// Index in the table's machines.
    public var machine: Int
    /// With the sizes and formats of this row.
    public var model: ModelShape
    public var ranks: Int
    /// Per rank for All-to-Alls and layers, of the whole group for experts and steps; 0 of moves and
    /// loads.
    public var tokens: Int
    /// Tokens of the whole group.
    public var groupTokens: Int
    /// Physical experts of a layer.
    public var slots: Int
    public var operation: Operation
    /// Microseconds.
    public var measured: Double
    public var use: Use
    /// How its visits were spread over experts, and these over ranks.
    var load: RowLoad
    /// Tokens that a token attends to; of steps alone.
    public var context: Int?
    /// Ranks that share a token's attention; of steps alone.
    public var attentionRanks: Int
    /// Bytes per microsecond that a port reaches in moves; of stalls alone, nil for what the link has.
    public var bandwidth: Double?
    /// Microseconds that a layer's moves take besides; of stalls alone.
    public var microsecondsPerLayer: Double
    /// Of loads alone.
    public var storageLoad: StorageLoad?
    /// Texts in the order of the table's columns.
    public var cells: [String]

    public var experts: Int { model.experts }
    /// A mean where the group's do not divide.
    var tokensPerRank: Double { Double(groupTokens) / Double(ranks) }
  }
}
