import Diagnostics
import Files
import PerformanceModel
import Replay

extension PresetCatalog {
  /// The files that a replay was made from, as they are: its policies, its clusters with their parts, and its model, each
  /// once. What has no file, as the model of a trace may have none, is left out.
  ///
  /// - Parameters:
  ///   - policies: names or paths, with changes if any, as are the others.
  ///   - clusters: names or paths.
  public static func files(policies: [String], clusters: [String], model: String) -> [ReplayDetails.File] {
    var files: [ReplayDetails.File] = []
    func add(_ kind: String, _ name: String, from catalog: Catalog) {
      guard !files.contains(where: { $0.kind == kind && $0.name == name }) else { return }
      let file = name.firstIndex(of: ":").map { String(name[..<$0]) } ?? name
      guard let text = (try? catalog.load(name))?.text ?? (try? catalog.load(file))?.text else { return }
      files.append(.init(kind: kind, name: name, text: text))
    }
    for policy in policies { add("policy", policy, from: Self.policies) }
    for cluster in clusters {
      add("cluster", cluster, from: Self.clusters)
      guard let machine = try? Machine(named: cluster) else { continue }
      for parts in [machine.prefill.parts, machine.decode.parts].compactMap(\.self) {
        add("gpu", parts.gpu, from: Catalog("clusters/gpus"))
        if let links = parts.links { add("links", links, from: Catalog("clusters/links")) }
        for kernels in [parts.kernels, parts.experts].compactMap(\.self) {
          add("kernels", kernels, from: Catalog("clusters/kernels"))
        }
      }
    }
    add("model", model, from: models)
    return files
  }
}
