import ArgumentParser
import ExpertReplay
import Files
import Foundation

struct ScreenCommand: SpeakingCommand {
  static let configuration = CommandConfiguration(
    commandName: "screen",
    abstract: "Say whether balancing is worth switching on: recommend, do not, or not enough evidence.",
    discussion: "Strategies are chosen on the first half of the steps and scored on the second; see docs/screen.md."
      + "\n\n"
      + Examples.text([
        "expert-replay screen traces/decode-256.moetrace --ranks 16",
        "expert-replay screen traces/hot-cold.moetrace --target sglang --memory 10GB",
      ]))

  @Argument(help: "A trace file, a folder of them, or several; they are read several times.", completion: .traces)
  var trace: [String]

  @OptionGroup var selection: SelectionOptions
  @OptionGroup var machine: MachineOptions
  @OptionGroup var pricing: PricingOptions

  @Option(help: "Most memory for replicas on a rank, such as 10GB. (default: what the GPU has)")
  var memory: String?

  @Option(
    help: "What has to serve the plan: \(ServingTarget.registry.list).", completion: .names(of: ServingTarget.registry))
  var target = ServingTarget.any.name

  @Option(
    help: "What runs today: a policy, or the file of a plan in force in any format of `plan --to`.", completion: .plans)
  var baseline = "static"

  @Option(help: "Time within which a strategy has to pay for itself, such as 30min, 1h or 2d.")
  var horizon = Self.usualHorizon

  private static let usualHorizon = "1h"

  @Option(help: "Tokens that a token attends to, on average: adds tokens per second, and what attention takes.")
  var context: Int?

  @Option(
    help: "Print another system's verdict, too, layer by layer: ascend (vllm-ascend's screening).",
    completion: .list(["ascend"]))
  var rule: String?

  @Flag(help: "Print, too, how many redundant slots buy which resilience against failed ranks, at what cost.")
  var resilience = false

  @Option(help: "Ask instead how much memory for experts keeps this much of the speed of all at hand, such as 90%.")
  var speed: String?

  @Option(
    help: "With --speed, the policy whose cache is given room. (default: \(Self.usualCache))",
    completion: .names(in: PresetCatalog.policies))
  var cache: String?

  private static let usualCache = "caches/next-use"

  @OptionGroup var report: ReportOptions

  @OptionGroup var threading: ThreadOptions

  private static let rules = Registry("rule", [Registry<Bool>.Entry("ascend", "vllm-ascend's screening", true)])

  @OptionGroup var verbosity: VerbosityOptions

  func validate() throws {
    try require(context, in: 1...ServingModel.maximumContext, "--context")
    do throws(InputError) {
      _ = try Horizon(horizon)
      _ = try ServingTarget.registry.named(target, option: "--target")
      if let rule { _ = try Self.rules.named(rule, option: "--rule") }
      _ = try bytes()
      _ = try wantedSpeed()
    } catch { throw ValidationError(error.description) }
    try requireOneQuestion()
    if rule != nil, baseline != BalancingPolicy.static.name {
      throw ValidationError("--rule ascend is of servers that do not balance: leave out --baseline")
    }
  }

  /// What memory for experts is enough for is asked of one cache alone: options of the other question would be for nothing.
  private func requireOneQuestion() throws {
    guard speed != nil else {
      if cache != nil { throw ValidationError("--cache goes with --speed") }
      return
    }
    let foreign = [
      ("--memory", memory != nil), ("--target", target != ServingTarget.any.name), ("--rule", rule != nil),
      ("--resilience", resilience),
      ("--baseline", baseline != BalancingPolicy.static.name), ("--horizon", horizon != Self.usualHorizon),
    ]
    if let option = foreign.first(where: \.1)?.0 {
      throw ValidationError("--speed asks how much memory is enough: leave out \(option)")
    }
  }

  /// Of the speed with all experts at hand, above 0 and at most 1.
  private func wantedSpeed() throws(InputError) -> Double? {
    guard let speed else { return nil }
    let isPercent = speed.hasSuffix("%")
    let number = Double(isPercent ? String(speed.dropLast()) : speed).map { isPercent ? $0 / 100 : $0 }
    guard let number, number > 0, number <= 1 else {
      throw InputError("'\(speed)', expected a share above 0 and at most 1, such as 90%", in: "--speed", status: .usage)
    }
    return number
  }

  /// Most bytes of replicas on a rank.
  private func bytes() throws(InputError) -> Double? {
    guard let memory else { return nil }
    do throws(InputError) {
      let quantity = try Quantity(memory)
      guard quantity.dimension == .size, quantity.value >= 0 else {
        throw InputError("'\(memory)', expected a size such as 10GB")
      }
      return quantity.value
    } catch {
      throw InputError(error.message, in: "--memory", status: .usage)
    }
  }

  func run() throws {
    for path in trace { try requireReadableAgain(path, "screen reads a trace several times; give it a file") }
    let chosen = try selection.chosen
    let files = try TraceFiles(trace, threads: threading.threads)
    let open =
      { [threading] selection in
        try selection.open(files, threads: threading.threads, digesting: false) as any StepSource
      } as (StepSelection) throws -> any StepSource
    let setting = try machine.setting(for: open(chosen).header, allToAll: pricing.allToAll, context: context)
    if let wanted = try wantedSpeed() {
      let search = try RoomSearch(
        setting: setting, policy: BalancingPolicy(named: cache ?? Self.usualCache), threads: threading.threads,
        open: { try open(chosen) })
      return try report.write(RoomReport(search.run(speed: wanted)))
    }
    let job = ScreenJob(
      setting: setting, sources: try machine.source.chosen,
      target: try ServingTarget.registry.named(target), memory: try bytes(),
      baseline: try BalancingPolicy(inForce: baseline), horizon: try Horizon(horizon).seconds,
      asksAscend: rule != nil, asksResilience: resilience, threads: threading.threads, selection: chosen,
      policy: BalancingPolicy.init(named:), open: open)
    try report.write(ScreenReport(job.run()))
  }
}
