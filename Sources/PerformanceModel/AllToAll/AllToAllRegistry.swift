import Diagnostics

/// The communication models by name, each with what it needs of a cluster.
public enum AllToAllRegistry {
  typealias Maker = @Sendable (Cluster) throws(InputError) -> any AllToAllModel

  private static let makers: [(name: String, make: Maker)] = [
    ("port", { cluster throws(InputError) in try PortModel(cluster: cluster) }),
    ("round-robin", { cluster throws(InputError) in try RoundRobinModel(cluster: cluster) }),
    ("closed-form", { cluster throws(InputError) in try ClosedFormModel(cluster: cluster) }),
    ("fair-share", { cluster throws(InputError) in try FairShareModel(cluster: cluster) }),
    ("bound", { cluster throws(InputError) in try BoundModel(cluster: cluster) }),
  ]

  /// Every model's name, in the order of the documentation.
  public static var names: [String] { makers.map(\.name) }

  /// - Throws: `InputError` (usage) for an unknown name, or when the cluster lacks what the model needs.
  public static func make(_ name: String, for cluster: Cluster) throws(InputError) -> any AllToAllModel {
    guard let maker = makers.first(where: { $0.name == name }) else {
      throw InputError("unknown communication model '\(name)'\(suggestion(for: name, in: names))", status: .usage)
    }
    return try maker.make(cluster)
  }
}
