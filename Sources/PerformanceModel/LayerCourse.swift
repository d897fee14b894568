/// When the parts of a layer run, microseconds from its start.
///
/// Between dispatch, experts and combine all ranks wait for the last one. Where communication runs beside computation,
/// the last of dispatch and the first of combine do, in proportion to what they take; while they do, they run at
/// `derate` of their speed, and the experts at `computeDerate` of theirs. A stall comes right before the experts. The
/// layer ends at `LayerTime.total`, its balancing, which comes before, left out.
package struct LayerCourse: Equatable, Sendable {
  package let dispatch: Range<Double>
  package let experts: Range<Double>
  package let combine: Range<Double>
  /// What a microsecond of communication takes here, which is longer beside computation.
  package let stretch: Double
  /// The same of a microsecond of experts' kernels.
  package let expertStretch: Double

  package init(of time: LayerTime, _ overlap: Overlap) {
    let communication = time.communication
    let shared = overlap.shared(communication: communication, experts: time.experts)
    // What both run in, in parts of the communication.
    let beside = communication > 0 ? shared / communication : 0
    stretch = communication > 0 ? 1 + beside * (1 - overlap.derate) : 1
    expertStretch = time.experts > 0 ? 1 + shared / time.experts * (1 - overlap.computeSpeed) : 1
    let end = time.total(overlap) - time.balancing
    dispatch = 0..<time.dispatch * stretch
    let start = dispatch.upperBound - time.dispatch * beside
    experts = start + time.stall..<start + time.stall + time.experts * expertStretch
    combine = min(end, max(dispatch.upperBound, experts.upperBound - time.combine * beside))..<end
  }
}
