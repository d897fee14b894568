/// A cluster as each phase finds it: serving systems send and compute with other kernels in decode than in prefill.
public struct Machine: Equatable, Sendable {
  /// Of prefill steps and mixed ones.
  public let prefill: Cluster
  public let decode: Cluster

  /// The same in both phases.
  public init(_ cluster: Cluster) {
    prefill = cluster
    decode = cluster
  }

  /// - Precondition: both have as many ranks and nodes; only kernels differ.
  public init(prefill: Cluster, decode: Cluster) {
    precondition(prefill.ranks == decode.ranks && prefill.ranksPerNode == decode.ranksPerNode)
    self.prefill = prefill
    self.decode = decode
  }

  public var name: String { prefill.name }
  public var ranks: Int { prefill.ranks }
  public var ranksPerNode: Int { prefill.ranksPerNode }
  public var nodes: Int { prefill.nodes }

  /// Of both phases.
  package var overlaps: [Overlap] { [prefill.overlap, decode.overlap] }

  public func cluster(isDecode: Bool) -> Cluster { isDecode ? decode : prefill }

  /// The machine whose clusters are these, changed.
  public func map<Failure: Error>(_ change: (Cluster) throws(Failure) -> Cluster) throws(Failure) -> Machine {
    Machine(prefill: try change(prefill), decode: try change(decode))
  }
}
