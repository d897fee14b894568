import Files
import LoadBalancing
import Replay

extension BalancingPolicy {
  /// The policy of a file or of a name in `policies/`, such as `eplb`, `systems/vllm` or `eplb:window=16,steps=16`. Files
  /// that it names are looked up beside it, those that are typed after the colon in the working directory.
  ///
  /// - Throws: `InputError` with the file and line of what is wrong.
  public init(named name: String) throws {
    try self.init(
      settings: PresetCatalog.settings(name, in: PresetCatalog.policies).settings,
      loadPlan: { try WrittenPlan(reading: $0) },
      loadHistory: { try RecordedLoad(reading: $0, threads: 1).load })
  }
}
