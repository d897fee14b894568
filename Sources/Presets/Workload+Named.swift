import Workloads

extension Workload {
  /// The workload of a file or of a name in `workloads/`, such as `hot-cold` or `hot-cold:steps=64`.
  ///
  /// - Throws: `InputError` with the file and line of what is wrong.
  public init(named name: String) throws {
    try self.init(settings: PresetCatalog.settings(name, in: PresetCatalog.workloads).settings)
  }
}
