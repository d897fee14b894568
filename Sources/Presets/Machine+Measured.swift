import Diagnostics
import PerformanceModel
import Validation

extension Machine {
  /// What a row of a measurement table was measured on: a cluster's file, or parts by their names.
  ///
  /// - Throws: `InputError`: parts that are none, or that have no figures for each other.
  public init(_ measured: MachineName) throws {
    if let name = measured.cluster {
      try self.init(named: name)
      return
    }
    guard let gpu = measured.gpu else { throw InputError("neither a cluster nor a gpu says what it was measured on") }
    let parts = [("gpu", gpu), ("links", measured.links), ("kernels", measured.kernel), ("experts", measured.experts)]
    let name = parts.compactMap { $1 }.joined(separator: "/")
    let lines = parts.compactMap { key, name in name.map { yamlLine(key, $0) } }
    // As many ranks on a node as there are, where no links say otherwise.
    let domain = measured.links == nil ? ["ranksPerNode: \(Cluster.maximumRanks)"] : []
    let silence = measured.kernel == nil ? ["allToAll: none"] : []
    let text = (["name: \(name)"] + domain + silence + lines).joined(separator: "\n")
    try self.init(settings: Settings(parsing: text, name: name))
  }
}
