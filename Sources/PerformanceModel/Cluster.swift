import Diagnostics

/// The machines that an expert-parallel group runs on: their ports, their GPUs and the model that prices their traffic.
public struct Cluster: Equatable, Sendable {
  public var name: String
  /// GPUs of the expert-parallel group.
  public var ranks: Int
  /// GPUs of one scale-up domain; ranks `[n·ranksPerNode, (n+1)·ranksPerNode)` form node n.
  public var ranksPerNode: Int
  /// Name of the communication model in `AllToAllModels`.
  public var allToAll: String
  public var copies: Copies
  /// Rank-to-rank links inside a node. Nil for a cluster that only the packet model describes.
  public var scaleUp: Link?
  /// A rank's NIC. Nil when the group never leaves one node.
  public var scaleOut: Link?
  /// What communication models read of it besides, each its own.
  public var sections: ClusterSections
  public var gpu: GPU?
  /// The experts' kernels as measured on the GPU; nil prices them by its roofline.
  public var experts: ExpertKernels?
  public var overlap: Overlap
  public var overhead: OperationOverhead
  public var work = OperationWork.none
  /// What the file names in place of saying all itself.
  public var parts: Parts?
  /// How its kernels lay copies out; nil when a model's own file says what it sends.
  public var formats: CopyFormats?
  public var uncertainty = PriceUncertainty.notValidated
  /// What its GPUs cost; nil where that is not stated.
  public var price: MachinePrice?
  /// Where experts are loaded from that no rank sends; nil where ranks get all from each other.
  public var storage: Storage?
  /// Ranks that come or go while a trace is replayed; none unless stated.
  public var changes: [RankChange] = []
  /// What that takes; nil where it is not stated.
  public var elastic: ElasticTimes?

  /// Names of the parts that a cluster is made of.
  public struct Parts: Equatable, Sendable {
    public var gpu: String
    /// Nil where none are named.
    public var links: String?
    /// That move the copies in the phase; nil where nothing is sent.
    public var kernels: String?
    /// That compute the experts in the phase; nil where the GPU's roofline prices them.
    public var experts: String?
    /// The GPU that the kernels' figures for the links were measured with, where it is another.
    public var linksMeasuredWith: String?

    public init(
      gpu: String, links: String?, kernels: String?, experts: String? = nil, linksMeasuredWith: String? = nil
    ) {
      self.gpu = gpu
      self.links = links
      self.kernels = kernels
      self.experts = experts
      self.linksMeasuredWith = linksMeasuredWith
    }
  }

  public var nodes: Int { ranks / ranksPerNode }

  /// Ranks of a group: what they send each other is a matrix of 128 MiB.
  public static let maximumRanks = 4096

  public init(
    name: String, ranks: Int, ranksPerNode: Int, allToAll: String = "port", copies: Copies = .dedup,
    scaleUp: Link? = nil, scaleOut: Link? = nil, sections: [any ClusterSection] = [], gpu: GPU? = nil,
    overlap: Overlap = .none, overhead: OperationOverhead = .none
  ) {
    self.name = name
    self.ranks = ranks
    self.ranksPerNode = ranksPerNode
    self.allToAll = allToAll
    self.copies = copies
    self.scaleUp = scaleUp
    self.scaleOut = scaleOut
    self.sections = ClusterSections(sections)
    self.gpu = gpu
    self.overlap = overlap
    self.overhead = overhead
  }

  /// Reads a cluster file; one that does not say how many ranks it has fills one node.
  ///
  /// - Throws: `InputError` with the line of what is missing, unknown, zero, in the wrong unit or contradictory.
  public init(settings: Settings) throws(InputError) {
    name = try settings.string("name")
    ranksPerNode = try settings.integer("ranksPerNode", in: 1...Self.maximumRanks)
    ranks = try settings.optionalInteger("ranks", in: 1...Self.maximumRanks) ?? ranksPerNode
    allToAll = try settings.choice("allToAll", of: AllToAllModels.registry.names)
    copies = .dedup
    if settings.contains("copies") {
      copies = Copies(rawValue: try settings.choice("copies", of: Copies.allCases.map(\.rawValue))) ?? .dedup
    }
    scaleUp = try settings.optionalSection("scaleUp").map(Link.init(settings:))
    scaleOut = try settings.optionalSection("scaleOut").map(Link.init(settings:))
    sections = try ClusterSections(settings, AllToAllModels.sections)
    gpu = try settings.optionalSection("gpu").map(GPU.init(settings:))
    experts = try settings.optionalSection("experts").map(ExpertKernels.init(settings:))
    overlap = try Overlap(settings: settings, key: "overlap", multiprocessors: gpu?.countedMultiprocessors)
    overhead = try settings.optionalSection("overhead").map(OperationOverhead.init(settings:)) ?? .none
    work = try settings.optionalSection("work").map(OperationWork.init(settings:)) ?? .none
    formats = try settings.optionalSection("formats").map(CopyFormats.init(settings:))
    uncertainty = try settings.optionalSection("uncertainty").map(PriceUncertainty.init(settings:)) ?? .notValidated
    price = try settings.optionalSection("cost").map(MachinePrice.init(settings:))
    storage = try settings.optionalSection("storage").map(Storage.init(settings:))
    elastic = try settings.optionalSection("elastic").map(ElasticTimes.init(settings:))
    changes = try Self.changes(settings)
    try settings.rejectUnknownKeys()

    guard ranks <= ranksPerNode || ranks % ranksPerNode == 0 else {
      throw settings.error("\(ranks) ranks are not a multiple of \(ranksPerNode) ranks per node", at: "ranks")
    }
    ranksPerNode = min(ranks, ranksPerNode)
    guard nodes == 1 || scaleOut != nil || scaleUp == nil else {
      throw settings.error("missing, but the group spans \(nodes) nodes", at: "scaleOut")
    }
    guard price == nil || gpu != nil else { throw settings.error("the price of GPUs without a gpu", at: "cost") }
    guard experts == nil || gpu != nil else { throw settings.error("kernels without a gpu", at: "experts") }
    do {
      _ = try makeAllToAll()
    } catch {
      throw settings.error(error.message, at: "allToAll")
    }
  }

  private static func changes(_ settings: Settings) throws(InputError) -> [RankChange] {
    guard settings.contains("changes") else { return [] }
    var changes: [RankChange] = []
    for text in try settings.strings("changes") {
      do { changes.append(try RankChange(text)) } catch { throw settings.error(error.message, at: "changes") }
    }
    return changes
  }

  /// The same machines with another number of ranks: up to a node's they sit on one node, beyond it they fill whole
  /// nodes. Without scale-up links, all ranks of one node stay on one.
  ///
  /// - Throws: `InputError` (usage) when the ranks do not fill whole nodes, or leave the node without a NIC to use.
  public func resized(ranks: Int) throws(InputError) -> Cluster {
    guard (1...Self.maximumRanks).contains(ranks) else {
      throw InputError("\(ranks) ranks, expected 1…\(Self.maximumRanks)", in: name, status: .usage)
    }
    guard ranks <= ranksPerNode || ranks % ranksPerNode == 0 || scaleUp == nil && nodes == 1 else {
      throw InputError(
        "\(ranks) ranks are not a multiple of the cluster's \(ranksPerNode) ranks per node", in: name, status: .usage)
    }
    var copy = self
    copy.ranks = ranks
    let isAnyNode = scaleUp == nil && nodes == 1
    copy.ranksPerNode = isAnyNode ? ranks : min(ranks, ranksPerNode)
    guard copy.nodes == 1 || scaleOut != nil || scaleUp == nil else {
      throw InputError(
        "\(ranks) ranks span \(copy.nodes) nodes, but the cluster has no scaleOut", in: name, status: .usage)
    }
    return copy
  }

  /// The communication model that the cluster names.
  public func makeAllToAll() throws(InputError) -> any AllToAllModel {
    try AllToAllModels.registry.named(allToAll)(self)
  }

  /// What prices the model's experts; nil when the cluster does not describe its GPUs.
  ///
  /// - Throws: `InputError` (usage) for a format that the kernels have no figures for.
  public func expertCompute(of model: ModelShape) throws(InputError) -> ExpertCompute? {
    guard let gpu else { return nil }
    guard let experts else { return ExpertCompute(gpu: gpu, model: model) }
    return try ExpertCompute(experts, gpu: gpu, model: model, name: "cluster \(name)")
  }

  /// What measured kernels compute the model's experts in; nil without figures for it.
  package func expertFormat(of model: ModelShape) -> ExpertFormat? { try? experts?.kernel(for: model, in: name).0 }

  /// The same cluster priced by another communication model.
  ///
  /// - Throws: `InputError` (usage) for an unknown name, or when the cluster lacks what the model needs.
  public func priced(by allToAll: String) throws(InputError) -> Cluster {
    var copy = self
    copy.allToAll = allToAll
    _ = try copy.makeAllToAll()
    return copy
  }
}

/// How many copies of a token's activations cross a link.
public enum Copies: String, CaseIterable, Sendable {
  /// One per destination node over the NIC, then one per destination rank (DeepEP's normal kernels).
  case dedup
  /// One per token and expert, straight to its rank (low-latency kernels).
  case direct
  /// One per destination rank inside the source's node, one per token and expert outside.
  case mixed
}
