/// Directed links with capacities, and the links on the way from each rank to each other.
public struct Network: Sendable {
  /// A directed link as a reader knows it, such as `rank 3 NIC out`.
  public struct Link: Equatable, Sendable {
    public var name: String
    /// Bytes per microsecond in dispatch.
    public var dispatchCapacity: Double
    /// Bytes per microsecond in combine.
    public var combineCapacity: Double

    public init(name: String, dispatchCapacity: Double, combineCapacity: Double) {
      self.name = name
      self.dispatchCapacity = dispatchCapacity
      self.combineCapacity = combineCapacity
    }

    init(name: String, capacity: Double) {
      self.init(name: name, dispatchCapacity: capacity, combineCapacity: capacity)
    }
  }

  public let links: [Link]
  /// `[ranks][ranks]` links from a rank to another in order; empty from a rank to itself.
  public let paths: [[Int32]]
  /// Whether ranks of a node are nearer to each other, so that deduplicated copies go through a relay on their node.
  let hasNodes: Bool
  /// Microseconds before anything arrives.
  let dispatchLatency: Double
  let combineLatency: Double
  /// What paths take besides their bytes; nil where they take nothing.
  var routing: MeshRouting?

  /// `[ranks]` paths of these bytes, `[ranks][ranks]`, through each core; nil where paths are not counted.
  package func pathsThroughCores(_ bytes: [Double], ranks: Int) -> [Int]? {
    routing?.pathsThroughCores(
      bytes.indices.filter { bytes[$0] > 0 && !paths[$0].isEmpty }.map { ($0 / ranks, $0 % ranks) }, ranks: ranks)
  }
}
