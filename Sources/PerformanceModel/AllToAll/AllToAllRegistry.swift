import Diagnostics

/// The communication models, each with what it needs of a cluster.
public enum AllToAllModels {
  public static let registry = Registry<Maker<Cluster, any AllToAllModel>>(
    "communication model",
    [
      .init("port", "α-β on the most loaded port; the default", make: PortModel.init),
      .init("round-robin", "packet by packet over a full mesh", make: RoundRobinModel.init),
      .init("closed-form", "the packet model's formula for even load", make: ClosedFormModel.init),
      .init("fair-share", "max-min fair flows over a topology", make: FairShareModel.init),
      .init("bound", "what no schedule can beat", make: BoundModel.init),
    ])
}
