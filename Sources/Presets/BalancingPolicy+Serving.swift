import Diagnostics
import LoadBalancing

extension BalancingPolicy {
  /// A serving system's default behaviour: of `policies/systems/`, with changes if any, such as `vllm:steps=64`.
  ///
  /// - Throws: `InputError` (missing) for a system that there is no file of, with the closest and all that there are;
  ///   else as `init(named:)`.
  public init(system name: String) throws {
    let systems = PresetCatalog.systems.names
    let title = String(name.prefix { $0 != ":" })
    guard systems.contains(title) else {
      let closest = closestName(to: title, in: systems).map { "; did you mean '\($0)'?" } ?? ""
      let known = systems.isEmpty ? "none is installed" : "known: \(systems.joined(separator: ", "))"
      throw InputError("no such serving system\(closest); \(known)", in: title, status: .missing)
    }
    try self.init(named: "systems/\(name)")
  }
}
