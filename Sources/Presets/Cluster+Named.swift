import PerformanceModel

extension Cluster {
  /// The cluster of a file or of a name in `clusters/`, such as `h100-ib` or `h100-ib:ranksPerNode=4`.
  ///
  /// - Throws: `InputError` with the file and line of what is wrong.
  public init(named name: String) throws {
    try self.init(settings: PresetCatalog.settings(name, in: PresetCatalog.clusters).settings)
  }
}
