import Diagnostics
import PerformanceModel

/// The YAML above a table.
///
/// `source`, `kind`, and where they apply `note`, `clusters` (GPU or kernel → cluster), `gate`, `dispatch` and `combine`
/// (as in model files, in place of the model's), `split`, `ignored`, `gain`, `draws`, `storage` (of machines without a
/// cluster file), and every column that has one value in all rows.
struct FrontMatter {
  static let defaultDraws = 20
  static let maximumDraws = 10_000

  let source: String
  let note: String?
  let kind: MeasurementKind
  /// Cluster by `MachineName.keys`.
  let clusters: [String: String]
  let gate: Gate
  /// True when rows have to say how their loads are drawn.
  let isPowerLaw: Bool
  let dispatch: CopyFormat?
  let combine: CopyFormat?
  let split: Int?
  private(set) var ignored: [String]
  let gain: GainRule?
  /// Loads that are drawn for a row of a random distribution.
  let draws: Int
  /// By the names that rows have for machines.
  private let storage: [String: Storage]
  private(set) var constants: [String: TableCells.Constant]

  private static let powerLaw = "power-law"

  init(_ settings: Settings) throws(InputError) {
    source = try settings.string("source")
    note = try settings.optionalString("note")
    kind = try settings.choice("kind", of: MeasurementKind.registry)
    var clusters: [String: String] = [:]
    if let map = try settings.optionalSection("clusters") {
      for key in map.keys { clusters[key] = try map.string(key) }
    }
    self.clusters = clusters
    var gate = Gate.uniform
    var isPowerLaw = false
    if settings.contains("gate") {
      let name = try settings.choice("gate", of: Gate.allCases.map(\.rawValue) + [Self.powerLaw])
      isPowerLaw = name == Self.powerLaw
      gate = Gate(rawValue: name) ?? .uniform
      guard kind.hasTraffic || gate == .uniform else {
        throw settings.error("a table of \(kind.name) has no traffic; say distribution", at: "gate")
      }
    }
    (self.gate, self.isPowerLaw) = (gate, isPowerLaw)
    dispatch = try settings.optionalSection("dispatch").map(CopyFormat.init(settings:))
    combine = try settings.optionalSection("combine").map(CopyFormat.init(settings:))
    if !kind.hasTraffic {
      for key in ["dispatch", "combine"] where settings.contains(key) {
        throw settings.error("a table of \(kind.name) has no traffic", at: key)
      }
    }
    split = try settings.optionalInteger("split", in: 1...MeasurementTable.maximumTokens)
    ignored = settings.contains("ignored") ? try settings.strings("ignored") : []
    gain = try settings.optionalSection("gain").map(GainRule.init(settings:))
    draws = try settings.optionalInteger("draws", in: 1...Self.maximumDraws) ?? Self.defaultDraws
    var storage: [String: Storage] = [:]
    if kind.isOfStorage, let machines = try settings.optionalSection("storage") {
      for name in machines.keys { storage[name] = try Storage(settings: machines.section(name)) }
    }
    self.storage = storage
    var constants: [String: TableCells.Constant] = [:]
    for column in kind.columns where settings.contains(column) {
      constants[column] = .init(
        text: try settings.string(column), line: settings.error("", at: column).place.line)
    }
    self.constants = constants
    try settings.rejectUnknownKeys()
  }

  /// A machine that the table itself tells the storage of: as many ranks as a row has, on one node.
  func machine(of name: MachineName) -> Machine? {
    guard let cluster = name.cluster, let storage = storage[cluster] else { return nil }
    var machine = Cluster(name: cluster, ranks: 1, ranksPerNode: 1)
    machine.storage = storage
    return Machine(machine)
  }

  /// The same as if these columns were to be ignored, or did not stand above the table.
  func ignoring(_ columns: [String]) -> FrontMatter {
    var copy = self
    for column in columns where copy.constants.removeValue(forKey: column) == nil && !ignored.contains(column) {
      copy.ignored.append(column)
    }
    return copy
  }
}
