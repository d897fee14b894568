/// The time of one MoE layer of one step, microseconds.
public struct LayerTime: Equatable, Sendable {
  public var dispatch: Double
  public var experts: Double
  public var combine: Double
  /// Before dispatch, planning after the gate and fetching weights; 0 without an exact planner.
  public var balancing = 0.0
  /// Before experts, waiting for those that a rank did not have at hand; 0 without a cache.
  public var stall = 0.0

  public init(dispatch: Double, experts: Double, combine: Double) {
    self.dispatch = dispatch
    self.experts = experts
    self.combine = combine
  }

  /// Dispatch and combine.
  public var communication: Double { dispatch + combine }
  /// Nothing overlaps.
  public var upper: Double { dispatch + experts + combine }
  /// The shorter of communication and computation is hidden entirely.
  public var lower: Double { max(communication, experts) }
  /// As far as communication and computation overlap, the time of both beside each other, each at its speed until one
  /// ends; otherwise one after the other:
  ///
  ///     x = min(communication / derate, experts / computeDerate)
  ///     total = upper − fraction · (derate + computeDerate − 1) · x
  ///
  /// That is at least `lower`, and more than `upper` where the two slow each other down by more than they hide. Balancing
  /// comes before, beside neither, and nothing runs beside a stall.
  public func total(_ overlap: Overlap) -> Double {
    balancing + stall + upper - saved(overlap)
  }

  /// Microseconds that the overlap makes the layer shorter; negative where it costs time.
  package func saved(_ overlap: Overlap) -> Double {
    overlap.saved(communication: communication, experts: experts)
  }

  /// The parts of communication and of computation that are told from the total, 1 where a part is not hidden.
  package func shown(_ overlap: Overlap) -> (communication: Double, experts: Double) {
    overlap.endsFirst(communication: communication, experts: experts)
      ? (1 - overlap.fraction * overlap.hiddenOfCommunication, 1)
      : (1, 1 - overlap.fraction * overlap.hiddenOfComputation)
  }

  /// Two batches in turn, of which this is one: while one is in attention the other is in its MoE part, twice over.
  ///
  ///     x = communication / derate
  ///     max(attention + (1 − computeDerate) · x, experts + x) · 2
  ///
  /// Attention that ends before the other's communication is slowed down by less, and is not what the two wait for.
  ///
  /// - Parameter attention: microseconds of one batch's attention in this layer.
  public func twoBatchTotal(attention: Double, _ overlap: Overlap) -> Double {
    let beside = communication / overlap.derate
    return 2 * max(attention + (1 - overlap.computeSpeed) * beside, experts + beside)
  }
}
