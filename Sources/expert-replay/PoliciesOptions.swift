import ArgumentParser
import ExpertReplay

/// The policies that a replay compares.
struct PoliciesOptions: ParsableArguments {
  @Option(
    name: .long,
    help:
      "A policy file or a name in policies/, with changes if any: eplb:window=16,steps=16. Repeat to compare several.",
    completion: .names(in: PresetCatalog.policies))
  var policy: [String] = []

  @Option(
    name: .customLong("as"),
    help: """
      A serving system's default behaviour, short for --policy systems/NAME: \
      \(PresetCatalog.systems.names.joined(separator: ", ")); with changes if any: vllm:steps=64. Repeat for several.
      """, completion: .names(in: PresetCatalog.systems))
  var systems: [String] = []

  @Option(
    help: """
      Serve all policies, and a baseline other than static, by this rule of replicas: \(DispatchRules.registry.list). \
      (default: what each states)
      """, completion: .names(of: DispatchRules.registry))
  var dispatch: String?

  @Option(help: "The policy to compare with.", completion: .names(in: PresetCatalog.policies))
  var baseline = BalancingPolicy.static.name

  static let firstLook = ["static", "eplb", "distribution-only", "oracle"]

  func validate() throws {
    guard let dispatch else { return }
    do throws(InputError) {
      _ = try DispatchRules.registry.named(dispatch, option: "--dispatch")
    } catch { throw ValidationError(error.description) }
    let systems = systems.map { "--as \($0)" } + (policy + [baseline]).filter { $0.hasPrefix("systems/") }
    if let system = systems.first {
      throw ValidationError(
        "--dispatch \(dispatch): \(system) states its own rule; change it there: :dispatch.kind=\(dispatch)")
    }
  }

  /// The baseline; and those asked for, systems last, else a first look, without yardsticks where the trace can be read
  /// only once.
  func policies(readableAgain: Bool) throws -> (baseline: BalancingPolicy, others: [BalancingPolicy]) {
    let named = try plain.filter { $0 != baseline }.map {
      try BalancingPolicy(named: served($0))
    }
    let others =
      isAsked
      ? named + (try systems.filter { "systems/\($0)" != baseline }.map(BalancingPolicy.init(system:)))
      : named.filter { readableAgain || $0.isCausal }
    let isStatic = baseline == BalancingPolicy.static.name
    return (try BalancingPolicy(named: isStatic ? baseline : served(baseline)), others)
  }

  private var isAsked: Bool { !policy.isEmpty || !systems.isEmpty }

  /// What was asked for by its name, systems left out.
  private var plain: [String] { isAsked ? policy : Self.firstLook }

  /// As they were asked for, the baseline first and systems last.
  var names: [String] { [baseline] + plain + systems.map { "systems/\($0)" } }

  /// A policy's name with `--dispatch` as one of its changes.
  private func served(_ name: String) -> String {
    dispatch.map { "\(name)\(name.contains(":") ? "," : ":")dispatch={kind: \($0)}" } ?? name
  }
}
