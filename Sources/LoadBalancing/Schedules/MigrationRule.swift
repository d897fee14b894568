import Diagnostics

/// How experts move when a plan changes, and from when on they serve.
///
///     migration: overlapped
///     migration: {kind: overlapped, bandwidth: 14 GB/s, onBusy: replace}
///     migration: {kind: blocking, senders: vllm, batches: pairs, perLayer: 2 ms}
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

  /// How the experts of a layer are sent.
  public enum Batches: String, CaseIterable, Sendable {
    /// All at once.
    case one
    /// Pairs of ranks, in batches in which no rank is busy twice, one batch after another: see `PairBatches`.
    case pairs
  }

  public var kind: Kind
  /// Who sends an expert to ranks that newly need it: a name in `SenderRules`.
  public var senders = "any"
  public var batches = Batches.one
  /// Microseconds that every layer with something to move takes besides its bytes.
  public var microsecondsPerLayer = 0.0
  /// Whether an expert that stays on its rank keeps its slot: see `LayerPlacement.keepingSlots`.
  public var keepsSlots = false
  /// Whether a layer's plan that has an expert twice on a rank is dropped.
  public var dropsDuplicates = false
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
    if section.contains("senders") { senders = try section.choice("senders", of: SenderRules.registry.names) }
    if section.contains("batches") {
      batches = Batches(rawValue: try section.choice("batches", of: Batches.allCases.map(\.rawValue))) ?? .one
    }
    microsecondsPerLayer = try section.optionalDuration("perLayer") ?? 0
    keepsSlots = try section.optionalBoolean("keepSlots") ?? false
    dropsDuplicates = try section.optionalBoolean("dropDuplicates") ?? false
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
    _ = try SenderRules.registry.named(senders, option: "migration: senders")
    if !(0...1e12).contains(microsecondsPerLayer) {
      throw InputError("migration: \(microsecondsPerLayer) us for a layer, expected 0…1e12", status: .usage)
    }
    if let bandwidthShare, !(0.001...0.999).contains(bandwidthShare) {
      throw InputError("migration: bandwidthShare: \(bandwidthShare), expected 0.001…0.999", status: .usage)
    }
  }

  /// Chooses who sends, for one change of a placement.
  public func makeSenders() -> any SenderRule {
    do {
      return try SenderRules.registry.named(senders)()
    } catch {
      preconditionFailure("a rule was not checked: \(error)")
    }
  }

  /// What is put in force of a plan, by what the server keeps of the placement that is.
  public func adapted(_ plan: Placement, to current: Placement) -> Placement {
    let kept = dropsDuplicates ? plan.droppingDuplicates(keeping: current) : plan
    return keepsSlots ? kept.keepingSlots(of: current) : kept
  }

  private var contradiction: String? {
    guard bandwidthShare != nil else { return nil }
    if kind == .blocking { return "the model waits for blocking moves, which have the links to themselves" }
    return bandwidth == nil ? nil : "moves have a share of each link or a bandwidth of their own, not both"
  }
}
