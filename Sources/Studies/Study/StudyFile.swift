import Diagnostics
import Files
import LoadBalancing
import PerformanceModel
import Presets
import RoutingTrace

/// Many replays, as a person writes them: every trace × machine × policy × seed, but for those that are excluded.
///
///     name: where-it-pays
///     traces: ["traces/*.moetrace"]
///     workloads: [{workload: decode-256, grid: {tokensPerStep: [64, 512]}}]
///     clusters: [h100-cx7, gb200-nvl72]
///     ranks: [8, 16, 32]
///     policies: [greedy, {policy: eplb, grid: {window: [16, 64]}}, "systems/*"]
///     seeds: [0, 1]
///     exclude: [{cluster: gb200-nvl72, ranks: 8}]
///
/// Names are those that options of `replay` take; paths are of the working directory.
public struct StudyFile: Sendable {
  /// What can be told apart in `exclude`.
  static let axes = ["trace", "cluster", "model", "ranks", "phase", "policy", "seed"]
  static let mostSeeds = 10_000

  public let name: String
  private(set) var traces: [String]
  private(set) var workloads: [String]
  private(set) var clusters: [String]
  /// Nil in the place of a trace's own.
  private(set) var models: [String?]
  /// Nil in the place of a cluster's own.
  private(set) var ranks: [Int?]
  /// Nil for all steps.
  let phases: [String?]
  let baseline: String
  let policies: [String]
  let seeds: [UInt64]
  let options: StudyOptions
  let exclusions: [StudyExclusion]

  /// - Parameter path: of a file in the working directory, or a name in `studies/`.
  /// - Throws: `InputError` with file and line: a key or name that is none, an empty list, anything named twice.
  public init(named path: String) throws {
    let (file, text) = try PresetCatalog.studies.load(path)
    try self.init(settings: Settings(parsing: text, name: file))
  }

  init(settings: Settings) throws(InputError) {
    name = try settings.string("name")
    let lists = StudyLists(settings)
    traces = try lists.traces()
    workloads = try lists.presets("workloads", entry: "workload", in: PresetCatalog.workloads)
    let clusters = try lists.presets("clusters", entry: "cluster", in: PresetCatalog.clusters)
    self.clusters = clusters.isEmpty ? [PresetCatalog.usualCluster] : clusters
    let models = try lists.presets("models", entry: "model", in: PresetCatalog.models)
    self.models = models.isEmpty ? [nil] : models
    let ranks = try lists.numbers("ranks", in: 1...Cluster.maximumRanks)
    self.ranks = ranks.isEmpty ? [nil] : ranks
    let phases = try lists.choices("phases", of: Phase.registry.names)
    self.phases = phases.isEmpty ? [nil] : phases
    let baseline = try settings.optionalString("baseline") ?? BalancingPolicy.static.name
    self.baseline = baseline
    let named = try lists.presets("policies", entry: "policy", in: PresetCatalog.policies)
    policies = named.filter { $0 != baseline }
    guard !policies.isEmpty else { throw settings.error("no policies beside the baseline", at: "policies") }
    let seeds = try lists.numbers("seeds", in: 0...Int.max)
    guard seeds.count <= Self.mostSeeds else { throw settings.error("more than \(Self.mostSeeds)", at: "seeds") }
    self.seeds = seeds.isEmpty ? [0] : seeds.map(UInt64.init)
    options = try settings.optionalSection("options").map(StudyOptions.init) ?? StudyOptions()
    exclusions =
      settings.contains("exclude")
      ? try settings.entries("exclude").map { entry throws(InputError) in
        guard case .section(let section) = entry else {
          throw settings.error("expected mappings such as {cluster: h100-cx7, ranks: 64}", at: "exclude")
        }
        return try StudyExclusion(section, axes: Self.axes)
      } : []
    try settings.rejectUnknownKeys()
  }

  /// The same study of other recordings, on other machines or sizes; what is empty stays as it is.
  ///
  /// - Parameters:
  ///   - traces: files, which take the place of the study's traces and workloads.
  ///   - ranks: in the place of those of the study, and of its clusters.
  /// - Throws: `InputError` (usage) for anything named twice.
  public func replacing(
    traces: [String] = [], clusters: [String] = [], models: [String] = [], ranks: [Int] = []
  ) throws(InputError) -> Self {
    var study = self
    if !traces.isEmpty { (study.traces, study.workloads) = (try Self.distinct(traces, "--trace"), []) }
    if !clusters.isEmpty { study.clusters = try Self.distinct(clusters, "--cluster") }
    if !models.isEmpty { study.models = try Self.distinct(models, "--model") }
    if !ranks.isEmpty { study.ranks = try Self.distinct(ranks, "--ranks") }
    return study
  }

  private static func distinct<Value: Hashable>(_ values: [Value], _ option: String) throws(InputError) -> [Value] {
    if let value = values.firstRepeated {
      throw InputError("named twice", in: "\(option) \(value)", status: .usage)
    }
    return values
  }
}

/// Combinations that a study leaves out: those whose values all match.
struct StudyExclusion: Sendable {
  private let patterns: [(axis: String, pattern: String)]

  init(_ settings: Settings, axes: [String]) throws(InputError) {
    patterns = try settings.keys.map { key throws(InputError) in
      guard axes.contains(key) else {
        throw settings.error("nothing that replays differ in\(suggestion(for: key, in: axes))", at: key)
      }
      return (key, try settings.string(key))
    }
    guard !patterns.isEmpty else { throw settings.error("excludes everything") }
  }

  /// - Parameter values: of a replay, or of what several have in common, by axis.
  /// - Returns: whether all patterns match; false where one is of an axis without a value here.
  func excludes(_ values: [String: String]) -> Bool {
    patterns.allSatisfy { axis, pattern in values[axis].map { isMatch($0, of: pattern) } ?? false }
  }

  var namesPolicies: Bool { patterns.contains { $0.axis == "policy" } }
}
