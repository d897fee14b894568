import Diagnostics

/// The time of a forward pass of one GPU whose weights lie in its host's memory, over tokens accumulated to one batch.
///
/// Each layer takes the longest of three ways that run at the same time:
///
///     link: (experts visited and not resident + (1 − ω) · kept + other weights not resident) / host bandwidth
///     GPU:  each expert on its tokens, in micro-batches, one after another + attention of a share 1 − ω
///     CPU:  ω · kept / memory bandwidth of the host
///
/// and a pass takes the first fetch and all its layers. `kept` are a layer's keys and values of the batch, ω the share of
/// attention that the host's cores do; they do none in prefill. Embeddings and the output head are not counted.
///
/// Source: MoE-Gen, arXiv 2503.09716, with the visits of a recording in place of B · k / E for each expert.
public struct AccumulatedPass: Sendable {
  /// What a user of such a server chooses.
  public struct Choice: Hashable, Sendable {
    /// Tokens that an expert is computed on at once, at most.
    public var microBatch: Int
    /// ω, 0…1.
    public var cpuShare: Double

    public init(microBatch: Int, cpuShare: Double) {
      self.microBatch = microBatch
      self.cpuShare = cpuShare
    }
  }

  /// What the GPU's memory holds from pass to pass.
  public struct Residents: Equatable, Sendable {
    /// Routed experts of each MoE layer.
    public var experts: Int
    /// Bytes of all weights outside the routed experts that are not there.
    public var missing: Double
    /// Bytes of the GPU's memory that are taken: weights, activations of a micro-batch, two experts on their way.
    public var bytes: Double

    public init(experts: Int, missing: Double = 0, bytes: Double = 0) {
      self.experts = experts
      self.missing = missing
      self.bytes = bytes
    }
  }

  /// Microseconds of a layer's ways.
  public struct Ways: Equatable, Sendable {
    public var link: Double
    public var gpu: Double
    public var cpu: Double

    public init(link: Double = 0, gpu: Double = 0, cpu: Double = 0) {
      self.link = link
      self.gpu = gpu
      self.cpu = cpu
    }

    public var longest: Double { max(link, gpu, cpu) }

    public static func + (left: Ways, right: Ways) -> Ways {
      Ways(link: left.link + right.link, gpu: left.gpu + right.gpu, cpu: left.cpu + right.cpu)
    }

    public static func * (left: Ways, factor: Double) -> Ways {
      Ways(link: left.link * factor, gpu: left.gpu * factor, cpu: left.cpu * factor)
    }
  }

  public let model: ModelShape
  public let isDecode: Bool
  private let gpu: GPU
  private let host: StorageDevice
  private let experts: ExpertCompute
  private let serving: ServingModel
  private let weights: MemoryAccount
  /// Bytes that a token of the batch keeps in one layer: in decode those of its whole context, in prefill its own.
  private let kept: Double

  /// - Parameters:
  ///   - context: tokens that a token attends to, on average.
  /// - Throws: `InputError` (usage) where the cluster has no `storage.host`, or the files do not describe the GPU, the
  ///   attention or the dense layers; (data) where the host's memory does not hold the model and one sequence.
  public init(cluster: Cluster, model: ModelShape, context: Int, isDecode: Bool) throws(InputError) {
    serving = try ServingModel(cluster: cluster, model: model, context: context)
    guard let gpu = cluster.gpu, let host = cluster.storage?[.host] else {
      throw InputError(
        "accumulated batches need storage.host, where the weights lie, such as "
          + "--cluster '\(cluster.name):storage.host.bandwidth=25GB/s'",
        in: "cluster \(cluster.name)", status: .usage)
    }
    self.gpu = gpu
    self.host = host
    self.model = model
    self.isDecode = isDecode
    experts = try cluster.expertCompute(of: model) ?? ExpertCompute(gpu: gpu, model: model)
    weights = MemoryAccount(model: model, slotsPerRank: Double(model.experts))
    kept = (model.attention?.keptValues ?? 0) * 2 * (isDecode ? Double(context) : 1)
    guard hostMemory(tokens: 1) <= host.capacity ?? .infinity else {
      throw InputError(
        "storage.host has room for \(shortNumber((host.capacity ?? 0) / 1e9)) GB, but the model's weights and the keys and "
          + "values of one \(isDecode ? "sequence" : "token") take \(shortNumber(hostMemory(tokens: 1) / 1e9)) GB",
        in: "cluster \(cluster.name)", status: .usage)
    }
  }

  /// Tokens of an expert whose arithmetic takes as long as its weights take over the host's link.
  public var hidingTokens: Double { model.weights.bytes * experts.flopRate / (2 * host.bandwidth) }

  /// Shares of attention that the host may do: none where it does not say how fast it reads, nor in prefill.
  public var cpuShares: [Double] {
    host.memoryBandwidth == nil || !isDecode ? [0] : (0...8).map { Double($0) / 8 }
  }

  /// Bytes of the host's memory: all weights, and keys and values of the batch in all layers.
  public func hostMemory(tokens: Double) -> Double { weights.total + tokens * kept * Double(model.layers) }

  /// The largest batch that the host's memory holds; nil without a bound.
  public var mostTokens: Double? {
    host.capacity.map { kept > 0 ? ($0 - weights.total) / (kept * Double(model.layers)) : .infinity }
  }

  /// What stays on the GPU: weights outside the routed experts first, then as many experts of every layer as fit.
  ///
  /// - Returns: nil where a micro-batch of this size and two experts do not fit.
  public func residents(microBatch: Int) -> Residents? {
    let activations = Double(microBatch) * Double(model.hidden + model.expertIntermediate) * 2
    let room = gpu.memory - activations - 2 * model.expertBytes
    guard room >= 0 else { return nil }
    let outside = weights.total - weights.experts
    let held = min(room, outside)
    let expertsOfALayer = model.expertBytes * Double(model.moeLayers)
    let count = min(model.experts, Int((room - held) / expertsOfALayer))
    return Residents(
      experts: count, missing: outside - held,
      bytes: activations + 2 * model.expertBytes + held + Double(count) * expertsOfALayer)
  }

  /// Microseconds of one routed expert on so many tokens, in one kernel.
  public func expertTime(tokens: Int) -> Double {
    guard tokens > 0 else { return 0 }
    let slots = [Double(tokens)]
    return experts.rankCost(slotTokens: slots.span, tokensPerRank: 0, tokens: Double(tokens), isDecode: isDecode).time
  }

  /// Microseconds of the first fetch of a pass; 0 where all is resident.
  public func firstFetch(_ residents: Residents) -> Double {
    let isWhole = residents.experts == model.experts && residents.missing == 0
    return isWhole ? 0 : host.latency + model.expertBytes / host.bandwidth
  }

  /// A MoE layer.
  ///
  /// - Parameters:
  ///   - fetched: experts that are visited and not resident.
  ///   - expertTime: microseconds of all its routed experts.
  ///   - tokens: of the batch.
  public func moeLayer(
    fetched: Int, expertTime: Double, tokens: Double, cpuShare: Double, _ residents: Residents
  ) -> Ways {
    var ways = anyLayer(tokens: tokens, cpuShare: cpuShare, residents)
    ways.link += Double(fetched) * model.expertBytes / host.bandwidth
    ways.gpu += expertTime + experts.sharedTime(tokensPerRank: tokens, isDecode: isDecode)
    return ways
  }

  /// A dense layer.
  public func denseLayer(tokens: Double, cpuShare: Double, _ residents: Residents) -> Ways {
    var ways = anyLayer(tokens: tokens, cpuShare: cpuShare, residents)
    ways.gpu += serving.denseTime(tokens: tokens, isDecode: isDecode)
    return ways
  }

  private func anyLayer(tokens: Double, cpuShare: Double, _ residents: Residents) -> Ways {
    let missing = residents.missing / Double(model.layers)
    return Ways(
      link: ((1 - cpuShare) * tokens * kept + missing) / host.bandwidth,
      gpu: serving.attentionTime(tokens: (1 - cpuShare) * tokens, isDecode: isDecode),
      cpu: cpuShare > 0 ? cpuShare * tokens * kept / (host.memoryBandwidth ?? .infinity) : 0)
  }
}
