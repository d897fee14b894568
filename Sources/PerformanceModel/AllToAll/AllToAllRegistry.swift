import Diagnostics

/// The communication models, each with the section of a cluster file that is its own, if any, and what makes it.
public enum AllToAllModels {
  public static let registry = Registry<AllToAllMaker>(
    "communication model",
    [
      .init("port", "α-β on the most loaded port; the default", make: PortModel.init),
      .init(
        "round-robin", "packet by packet over a full mesh", reads: RoundRobinParameters.self,
        make: RoundRobinModel.init),
      .init(
        "closed-form", "the packet model's formula for even load", reads: RoundRobinParameters.self,
        make: ClosedFormModel.init),
      .init(
        "fair-share", "max-min fair flows over a topology", reads: FairShareParameters.self, make: FairShareModel.init),
      .init("bound", "what no schedule can beat", make: BoundModel.init),
      .init("none", "nothing: expert kernels alone") { _ in SilentModel() },
    ])

  /// The sections that the models read, each once, in the models' order.
  static let sections: [any ClusterSection.Type] = registry.entries.reduce(into: []) { sections, entry in
    guard let section = entry.item.section, !sections.contains(where: { $0.key == section.key }) else { return }
    sections.append(section)
  }
}

/// Makes a communication model for a cluster.
public struct AllToAllMaker: Sendable {
  /// The section of a cluster file that the model reads; nil for one without parameters of its own.
  let section: (any ClusterSection.Type)?
  fileprivate let make: Maker<Cluster, any AllToAllModel>

  /// - Throws: `InputError` (usage) when the cluster lacks what the model needs.
  public func callAsFunction(_ cluster: Cluster) throws(InputError) -> any AllToAllModel { try make(cluster) }
}

extension Registry<AllToAllMaker>.Entry {
  public init(
    _ name: String, _ summary: String, reads section: (any ClusterSection.Type)? = nil,
    make: @escaping @Sendable (Cluster) throws(InputError) -> any AllToAllModel
  ) {
    self.init(name, summary, AllToAllMaker(section: section, make: Maker(make)))
  }
}
