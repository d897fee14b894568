import Diagnostics
import Files
import PerformanceModel

extension Machine {
  /// The machine of a file or of a name in `clusters/`, such as `h100-cx7` or `h100-cx7:ranksPerNode=4`.
  ///
  /// A file says all itself, or names its parts:
  ///
  ///     gpu: h100
  ///     links: cx7
  ///     kernels: {prefill: deepep-normal, decode: deepep-low-latency}
  ///
  /// What the file says goes before what its parts say: see `MachineParts`.
  ///
  /// - Throws: `InputError` with the file and line of what is wrong.
  public init(named name: String) throws {
    try self.init(settings: PresetCatalog.settings(name, in: PresetCatalog.clusters).settings)
  }

  init(settings: Settings) throws {
    guard settings.contains("kernels") || settings.contains("experts") && !settings.isSection("experts") else {
      self.init(try Cluster(settings: settings))
      return
    }
    let parts = try MachineParts(settings)
    self.init(prefill: try parts.cluster(isDecode: false), decode: try parts.cluster(isDecode: true))
  }
}
