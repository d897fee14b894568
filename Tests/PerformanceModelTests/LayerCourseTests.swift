import PerformanceModel
import Testing

/// A layer's parts lie within its priced time.
@Suite struct LayerCourseTests {
  static let times: [LayerTime] = [
    LayerTime(dispatch: 30, experts: 100, combine: 50), LayerTime(dispatch: 30, experts: 20, combine: 50),
    LayerTime(dispatch: 0, experts: 20, combine: 5), LayerTime(dispatch: 7, experts: 0, combine: 5),
    LayerTime(dispatch: 0, experts: 0, combine: 0), LayerTime(dispatch: 10.1, experts: 0.3, combine: 0),
  ]
  static let overlaps = [
    Overlap.none, .full, Overlap(fraction: 0.3), Overlap(fraction: 1, derate: 0.8), Overlap(fraction: 0.6, derate: 0.5),
    Overlap(fraction: 1, derate: 0.8, computeDerate: 0.85), Overlap(fraction: 0.7, derate: 0.3, computeDerate: 0.4),
  ]

  @Test(arguments: times, overlaps)
  func `a stall moves experts and all after them`(time: LayerTime, overlap: Overlap) {
    var waiting = time
    waiting.stall = 40
    let (course, other) = (LayerCourse(of: time, overlap), LayerCourse(of: waiting, overlap))
    #expect(abs(waiting.total(overlap) - time.total(overlap) - 40) < 1e-9)
    #expect(other.dispatch == course.dispatch && other.stretch == course.stretch)
    #expect(abs(other.experts.lowerBound - course.experts.lowerBound - 40) < 1e-9)
    #expect(abs(other.experts.upperBound - course.experts.upperBound - 40) < 1e-9)
    #expect(abs(other.combine.upperBound - course.combine.upperBound - 40) < 1e-9)
  }

  @Test(arguments: times, overlaps)
  func `it ends at the layer's time, and its parts take theirs`(time: LayerTime, overlap: Overlap) {
    let course = LayerCourse(of: time, overlap)
    let end = time.total(overlap)
    func isClose(_ a: Double, _ b: Double) -> Bool { abs(a - b) <= 1e-12 * max(1, end) }
    #expect(isClose(course.combine.upperBound, end))
    #expect(isClose(course.experts.upperBound - course.experts.lowerBound, time.experts * course.expertStretch))
    #expect(isClose(course.dispatch.upperBound, time.dispatch * course.stretch))
    #expect(isClose(course.combine.upperBound - course.combine.lowerBound, time.combine * course.stretch))
    #expect(course.dispatch.upperBound <= course.combine.lowerBound && course.experts.lowerBound >= 0)
    #expect(course.experts.upperBound <= end + 1e-12 * max(1, end))
    // What runs beside computation takes so much longer, and nothing else does.
    let beside =
      max(0, course.dispatch.upperBound - course.experts.lowerBound)
      + max(0, course.experts.upperBound - course.combine.lowerBound)
    let shared =
      overlap.fraction * min(time.communication / overlap.derate, time.experts / overlap.computeSpeed)
    #expect(isClose(beside, shared))
    #expect(isClose(time.communication * (course.stretch - 1), shared * (1 - overlap.derate)))
    #expect(isClose(time.experts * (course.expertStretch - 1), shared * (1 - overlap.computeSpeed)))
    if overlap.fraction == 0 {
      #expect(course.experts.lowerBound == course.dispatch.upperBound)
      #expect(course.combine.lowerBound == course.experts.upperBound)
    }
  }
}
