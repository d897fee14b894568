import RoutingTrace

/// For how many steps sequences stay in the batch, from step to step.
struct SequenceStay {
  private var present = 0
  private var arrivals = 0
  private var last: Set<UInt32> = []

  mutating func add(_ step: RoutingStep) {
    let now = Set(step.sequences ?? [])
    present += now.count
    arrivals += now.subtracting(last).count
    last = now
  }

  /// Mean steps of a stay, rounded up; 1 where no sequences are known.
  var mean: Int { arrivals == 0 ? 1 : (present + arrivals - 1) / arrivals }
}
