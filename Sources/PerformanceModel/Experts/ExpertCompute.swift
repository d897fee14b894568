import Diagnostics

/// The time of a layer's expert kernels: that of its slowest rank.
///
/// An expected load below one token touches its expert with that probability. Every rank runs the shared experts on its own
/// tokens, or on those that it is sent, in the same kernels unless the model's `SharedExpertFusion` says otherwise. See
/// `MeasuredExperts`, and `RooflineExperts` where nothing was measured.
public struct ExpertCompute: Sendable {
  private let model: any ExpertModel
  private let sharedExperts: Double
  /// Of these, experts that the routed ones' kernels are told of.
  private let fusedExperts: Double
  private let fusion: SharedExpertFusion?
  /// Whether times depend on how many different tokens a rank has, and not on its visits alone.
  public let countsTokens: Bool
  private let handlesBatch: Bool
  /// How far its times may be off; nil for what the cluster says of its experts.
  public let error: PriceError?

  /// By the roofline of a GPU's peak rates.
  public init(gpu: GPU, model: ModelShape) {
    self.model = RooflineExperts(gpu: gpu, model: model)
    sharedExperts = Double(model.sharedExperts)
    fusedExperts = Double(model.fusedExperts)
    fusion = model.sharedExpertFusion
    countsTokens = false
    handlesBatch = false
    error = nil
  }

  /// As measured.
  ///
  /// - Parameter name: of the kernels, for messages.
  /// - Throws: `InputError` (usage) for a model in a format that the kernels have no figures for.
  public init(_ kernels: ExpertKernels, gpu: GPU, model: ModelShape, name: String) throws(InputError) {
    let (format, kernel) = try kernels.kernel(for: model, in: name)
    self.model = MeasuredExperts(kernel, format: format, gpu: gpu, model: model)
    sharedExperts = Double(model.sharedExperts)
    fusedExperts = Double(model.fusedExperts)
    fusion = model.sharedExpertFusion
    countsTokens = kernel.tokenTraffic > 0 || kernel.sort > 0
    handlesBatch = kernels.handlesBatch
    error = kernel.error
  }

  /// Operations per byte at which these kernels take as long for arithmetic as for memory: peak rates times efficiencies.
  public var ridgePoint: Double { Roofline.ridgePoint(flopRate: model.mathRate, bandwidth: model.memoryRate) }

  /// Operations per microsecond that these kernels reach at best: the peak rate times its efficiency.
  public var flopRate: Double { model.mathRate }

  /// Microseconds that a visit's arithmetic takes at that rate.
  public var visitTime: Double { model.flopsPerVisit / model.mathRate }

  /// Microseconds of a rank's shared experts on its own tokens alone, without what launching a layer's kernels takes; 0
  /// without shared experts.
  public func sharedTime(tokensPerRank: Double, isDecode: Bool) -> Double {
    guard sharedExperts > 0 else { return 0 }
    let routed: [Double] = []
    let cost = rankCost(
      slotTokens: routed.span, tokensPerRank: tokensPerRank, mean: tokensPerRank, isDecode: isDecode)
    return max(0, cost.time - cost.fixed)
  }

  /// Microseconds of the slowest rank; see `layerCost`.
  public func layerTime(
    slotTokens: Span<Double>, slotsPerRank: Int, tokensPerRank: Double, arrived: [Double]? = nil, isDecode: Bool
  ) -> Double {
    layerCost(
      slotTokens: slotTokens, slotsPerRank: slotsPerRank, tokensPerRank: tokensPerRank, arrived: arrived,
      isDecode: isDecode
    ).time
  }

  /// The cost of the slowest rank.
  ///
  /// - Parameters:
  ///   - slotTokens: `[slots]` tokens of each slot; a multiple of `slotsPerRank`.
  ///   - tokensPerRank: tokens that start on a rank, which its shared experts see.
  ///   - arrived: `[ranks]` different tokens of each rank's slots; its visits, where they are not known.
  ///   - shared: `[ranks]` tokens that each rank's shared experts see; `tokensPerRank` when nil.
  ///   - isDecode: decode pads nothing by the roofline, and has its own launch cost there.
  /// - Complexity: O(slots), without allocation.
  public func layerCost(
    slotTokens: Span<Double>, slotsPerRank: Int, tokensPerRank: Double, arrived: [Double]? = nil,
    shared: [Double]? = nil, isDecode: Bool
  ) -> ExpertCost {
    var known = RankTimeTable(places: 0)
    return layerCost(
      slotTokens: slotTokens, slotsPerRank: slotsPerRank, tokensPerRank: tokensPerRank, arrived: arrived,
      shared: shared, isDecode: isDecode, known: &known)
  }

  /// The same; what `known` has of ranks with the same load is not computed again.
  ///
  /// - Parameter known: times by these kernels.
  package func layerCost(
    slotTokens: Span<Double>, slotsPerRank: Int, tokensPerRank: Double, arrived: [Double]? = nil,
    shared: [Double]? = nil, isDecode: Bool, known: inout RankTimeTable
  ) -> ExpertCost {
    precondition(slotsPerRank > 0 && slotTokens.count % slotsPerRank == 0)
    let batch = tokensPerRank * Double(slotTokens.count / slotsPerRank)
    var visits = 0.0
    for slot in slotTokens.indices { visits += slotTokens[slot] }
    let mean = visits / Double(slotTokens.count)
    let sameTold =
      shared == nil ? told(slotsPerRank, tokensPerRank: tokensPerRank, mean: mean, isDecode: isDecode) : nil
    var slowest: (load: RankLoad, time: Double)?
    var (touched, worked) = (0.0, 0.0)
    for (rank, start) in stride(from: 0, to: slotTokens.count, by: slotsPerRank).enumerated() {
      let tokensPerRank = shared?[rank] ?? tokensPerRank
      let load = load(
        slotTokens.extracting(start..<start + slotsPerRank), tokensPerRank: tokensPerRank,
        told: sameTold ?? told(slotsPerRank, tokensPerRank: tokensPerRank, mean: mean, isDecode: isDecode),
        tokens: handlesBatch ? batch : arrived?[rank])
      guard !load.isEmpty else { continue }
      let times = known.times(of: load, batch: batch, isDecode: isDecode) {
        let (cost, apart) = parts(of: load, isDecode: isDecode)
        return KernelTimes(
          touchedExperts: cost.touchedExperts + apart.touchedExperts, alone: cost.time + apart.time,
          inLayer: model.layerCost(cost, batch: batch, isDecode: isDecode).time + apart.time)
      }
      touched += times.touchedExperts
      worked += times.inLayer
      if times.alone > slowest?.time ?? 0 { slowest = (load, times.alone) }
    }
    let (cost, apart) = slowest.map { parts(of: $0.load, isDecode: isDecode) } ?? (ExpertCost(), ExpertCost())
    var layer = model.layerCost(cost, batch: batch, isDecode: isDecode).followed(by: apart)
    layer.touchedExperts = touched
    layer.waiting = max(0, layer.time - worked * Double(slotsPerRank) / Double(slotTokens.count))
    return layer
  }

  /// `[ranks]` microseconds of each rank, as if the layer had to wait for no other; parameters as of `layerCost`, which
  /// is that of the slowest.
  ///
  /// - Parameter dispatch: microseconds, in which shared experts may run that do so beside it.
  package func rankTimes(
    slotTokens: Span<Double>, slotsPerRank: Int, tokensPerRank: Double, arrived: [Double]? = nil,
    shared: [Double]? = nil, dispatch: Double = 0, isDecode: Bool
  ) -> [Double] {
    let batch = tokensPerRank * Double(slotTokens.count / slotsPerRank)
    var visits = 0.0
    for slot in slotTokens.indices { visits += slotTokens[slot] }
    let mean = visits / Double(slotTokens.count)
    return stride(from: 0, to: slotTokens.count, by: slotsPerRank).map { start in
      let load = rankLoad(
        slotTokens: slotTokens.extracting(start..<start + slotsPerRank),
        tokensPerRank: shared?[start / slotsPerRank] ?? tokensPerRank, batch: batch, mean: mean,
        arrived: arrived?[start / slotsPerRank], isDecode: isDecode)
      guard !load.isEmpty else { return 0 }
      var cost = layerCost(of: load, batch: batch, isDecode: isDecode)
      cost.hide(behind: dispatch)
      return cost.time
    }
  }

  /// The cost of one rank with these tokens per slot; nothing when it has nothing to do.
  ///
  /// - Parameters:
  ///   - mean: tokens of an expert on average over all ranks; this rank's when nil.
  ///   - tokens: different tokens of its slots; their visits when nil.
  public func rankCost(
    slotTokens: Span<Double>, tokensPerRank: Double, mean: Double? = nil, tokens: Double? = nil, isDecode: Bool
  ) -> ExpertCost {
    var visits = 0.0
    for slot in slotTokens.indices { visits += slotTokens[slot] }
    let load = load(
      slotTokens, tokensPerRank: tokensPerRank, mean: mean ?? visits / Double(max(1, slotTokens.count)), tokens: tokens,
      isDecode: isDecode)
    let (routed, apart) = parts(of: load, isDecode: isDecode)
    return routed.followed(by: apart)
  }

  /// What lies on one rank, by which it is priced.
  ///
  /// - Parameters:
  ///   - slotTokens: tokens of each of its slots.
  ///   - batch: tokens of the whole group.
  ///   - mean: tokens of an expert on average over all ranks.
  ///   - arrived: different tokens of its slots; their visits when nil.
  package func rankLoad(
    slotTokens: Span<Double>, tokensPerRank: Double, batch: Double, mean: Double, arrived: Double?, isDecode: Bool
  ) -> RankLoad {
    load(
      slotTokens, tokensPerRank: tokensPerRank, mean: mean, tokens: handlesBatch ? batch : arrived, isDecode: isDecode)
  }

  /// The cost of a layer whose slowest rank has this load.
  ///
  /// - Parameter batch: tokens of the whole group.
  package func layerCost(of load: RankLoad, batch: Double, isDecode: Bool) -> ExpertCost {
    let (routed, apart) = parts(of: load, isDecode: isDecode)
    return model.layerCost(routed, batch: batch, isDecode: isDecode).followed(by: apart)
  }

  /// What the routed experts' kernels cost on a rank, and those that the shared experts have of their own.
  private func parts(of load: RankLoad, isDecode: Bool) -> (routed: ExpertCost, apart: ExpertCost) {
    let routed = load.visits > 0 ? model.cost(of: load, isDecode: isDecode) : ExpertCost()
    guard load.apart > 0 else { return (routed, ExpertCost()) }
    let apart = model.denseCost(experts: sharedExperts, tokens: load.apart, isDecode: isDecode)
    return (routed, fusion == .besideDispatch ? apart.movedBesideDispatch() : apart)
  }

  /// What kernels are told of a rank before its tokens: every token takes the fused experts, too.
  private struct Told {
    let slots: Double
    let meanTokens: Double
    let tile: Double?
  }

  private func told(_ slots: Int, tokensPerRank: Double, mean: Double, isDecode: Bool) -> Told {
    let count = Double(slots) + fusedExperts
    let mean = fusedExperts > 0 ? (mean * Double(slots) + fusedExperts * tokensPerRank) / count : mean
    return Told(slots: count, meanTokens: mean, tile: model.tile(tokens: mean, isDecode: isDecode))
  }

  private func load(
    _ slotTokens: Span<Double>, tokensPerRank: Double, mean: Double, tokens: Double?, isDecode: Bool
  ) -> RankLoad {
    load(
      slotTokens, tokensPerRank: tokensPerRank,
      told: told(slotTokens.count, tokensPerRank: tokensPerRank, mean: mean, isDecode: isDecode), tokens: tokens)
  }

  private func load(_ slotTokens: Span<Double>, tokensPerRank: Double, told: Told, tokens: Double?) -> RankLoad {
    var load = RankLoad(slots: told.slots, meanTokens: told.meanTokens)
    for slot in slotTokens.indices { load.add(tokens: slotTokens[slot], tile: told.tile) }
    load.tokens = tokens ?? load.visits
    if let fusion, !fusion.isFused {
      load.apart = sharedExperts > 0 ? tokensPerRank : 0
    } else {
      load.add(shared: sharedExperts, tokens: tokensPerRank, tile: told.tile)
    }
    return load
  }

  /// What single experts add to the time of a rank with `slots` experts that have `tokens` each, on average.
  ///
  /// - Parameter tokensPerRank: tokens that start on the rank, which its shared experts see.
  public func marginalCost(slots: Int, tokens: Double, tokensPerRank: Double, isDecode: Bool) -> MarginalExpertCost {
    // The slowest rank of a step is what counts, and it has about half as many again.
    let even = Array(repeating: 1.5 * tokens, count: slots)
    return model.marginalCost(
      of: load(even.span, tokensPerRank: tokensPerRank, mean: tokens, tokens: nil, isDecode: isDecode),
      isDecode: isDecode)
  }
}
