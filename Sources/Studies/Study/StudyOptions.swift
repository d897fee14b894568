import Diagnostics
import PerformanceModel
import RoutingTrace

/// What all replays of a study have in common: the options of `replay`, by their names there.
public struct StudyOptions: Codable, Equatable, Sendable {
  public var steps: String?
  public var layers: String?
  public var select: String?
  public var `repeat`: Int?
  public var sources: String?
  public var attentionTP: Int?
  public var allToAll: String?
  public var context: Int?

  init() {}

  /// - Throws: `InputError` with the line: a key that is no option, or a value that the option does not take.
  init(_ settings: Settings) throws(InputError) {
    steps = try settings.optionalString("steps")
    layers = try settings.optionalString("layers")
    select = try settings.optionalString("select")
    `repeat` = try settings.optionalInteger("repeat", in: 1...1_000_000)
    sources = try settings.optionalString("sources")
    attentionTP = try settings.optionalInteger("attentionTP", in: 1...Cluster.maximumRanks)
    allToAll =
      settings.contains("allToAll") ? try settings.choice("allToAll", of: AllToAllModels.registry.names) : nil
    context = try settings.optionalInteger("context", in: 1...ServingModel.maximumContext)
    try settings.rejectUnknownKeys()
    do throws(InputError) {
      _ = try selection(of: nil)
      _ = try tokenSources
    } catch { throw settings.error(error.message, at: error.subject) }
  }

  /// - Parameter phase: of a job; nil for all steps.
  func selection(of phase: String?) throws(InputError) -> StepSelection {
    StepSelection(
      steps: try steps.map { text throws(InputError) in try parseRange(text, option: "steps") },
      layers: try layers.map { text throws(InputError) in try parseRange(text, option: "layers") },
      phase: try phase.map { name throws(InputError) in try Phase.registry.named(name, option: "phases") },
      draw: try select.map { text throws(InputError) in
        do throws(InputError) { return try StepDraw(text) } catch {
          throw InputError(error.message, in: "select", status: error.status)
        }
      })
  }

  var tokenSources: TokenSources {
    get throws(InputError) {
      TokenSources(
        try sources.map { name throws(InputError) in try SourceRule.registry.named(name, option: "sources") },
        attentionRanks: attentionTP ?? 1)
    }
  }
}
