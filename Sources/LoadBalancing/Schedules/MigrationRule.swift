import Diagnostics

/// How experts move when a plan changes, and from when on they serve.
///
///     migration: overlapped
///     migration: {kind: overlapped, bandwidth: 14 GB/s, onBusy: replace}
public struct MigrationRule: Equatable, Sendable {
  public enum Kind: String, CaseIterable, Sendable {
    /// Experts move while the model waits, and serve after it.
    case blocking
    /// Experts move layer after layer while the model leaves its links idle; the old ones serve until a layer is there.
    case overlapped
  }

  /// What becomes of a plan that is due while an earlier one is on its way.
  public enum OnBusy: String, CaseIterable, Sendable {
    /// It is made when the earlier one serves in its last layer.
    case wait
    /// It takes the place of the earlier one in the layers that have not begun to move.
    case replace
  }

  public var kind: Kind
  /// Bytes per microsecond that a rank's port reaches in moves, at most; nil for all that the link has.
  public var bandwidth: Double?
  /// Moves take this fraction of every link for as long as they last, above 0 and below 1, and leave the model the rest;
  /// nil for moves that wait for the links to be idle.
  public var bandwidthShare: Double?
  public var onBusy: OnBusy

  public static let blocking = MigrationRule(.blocking)
  public static let overlapped = MigrationRule(.overlapped)

  public init(_ kind: Kind, bandwidth: Double? = nil, bandwidthShare: Double? = nil, onBusy: OnBusy = .wait) {
    self.kind = kind
    self.bandwidth = bandwidth
    self.bandwidthShare = bandwidthShare
    self.onBusy = onBusy
  }

  /// A word or a section; blocking when the key is absent.
  init(settings: Settings, key: String) throws(InputError) {
    let kinds = Kind.allCases.map(\.rawValue)
    self.init(.blocking)
    guard settings.contains(key) else { return }
    guard settings.isSection(key) else {
      kind = Kind(rawValue: try settings.choice(key, of: kinds)) ?? .blocking
      return
    }
    let section = try settings.section(key)
    kind = Kind(rawValue: try section.choice("kind", of: kinds)) ?? .blocking
    bandwidth = try section.optionalBandwidth("bandwidth")
    bandwidthShare = try section.optionalNumber("bandwidthShare", in: 0.001...0.999)
    if section.contains("onBusy") {
      onBusy = OnBusy(rawValue: try section.choice("onBusy", of: OnBusy.allCases.map(\.rawValue))) ?? .wait
    }
    try section.rejectUnknownKeys()
    if let message = contradiction { throw section.error(message, at: "bandwidthShare") }
  }

  /// - Throws: `InputError` (usage) for a rule that a policy file could not have.
  func check() throws(InputError) {
    if let message = contradiction { throw InputError("migration: bandwidthShare: \(message)", status: .usage) }
    if let bandwidth, !Dimension.bandwidth.range.contains(bandwidth) {
      throw InputError(
        "migration: bandwidth: \(bandwidth) B/us is outside \(Dimension.bandwidth.limits)", status: .usage)
    }
    if let bandwidthShare, !(0.001...0.999).contains(bandwidthShare) {
      throw InputError("migration: bandwidthShare: \(bandwidthShare), expected 0.001…0.999", status: .usage)
    }
  }

  private var contradiction: String? {
    guard bandwidthShare != nil else { return nil }
    if kind == .blocking { return "the model waits for blocking moves, which have the links to themselves" }
    return bandwidth == nil ? nil : "moves have a share of each link or a bandwidth of their own, not both"
  }
}
