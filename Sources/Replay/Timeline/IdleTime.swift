import PerformanceModel

/// When, within a step, experts may be on their way: what `PricedMachine.timeForMoves` adds up, on the step's clock.
///
/// Attention, whose time is no part of a step's total, is taken to be spread over the windows of its layer.
struct IdleTime {
  private struct Window {
    var start: Double
    var end: Double
    /// Time for moves, which goes by evenly from start to end.
    var time: Double
  }

  private var windows: [Window] = []

  /// - Parameters:
  ///   - layers: `[layers]` outcomes of the step.
  ///   - ranks: that there are.
  ///   - prediction: microseconds that each layer waited for its prediction.
  init(of layers: [LayerOutcome], on machine: PricedMachine, ranks: Int, prediction: Double) {
    var start = 0.0
    for layer in layers {
      let overlap = machine.setting.prices(isDecode: layer.isDecode).cluster.overlap
      let course = LayerCourse(of: layer.time, overlap)
      let time = machine.timeForMoves(in: CollectionOfOne(layer), ranks: ranks, prediction: 0)
      if prediction > 0 { windows.append(Window(start: start, end: start + prediction, time: prediction)) }
      start += prediction
      let idle =
        machine.sharesLinks ? 0..<course.combine.upperBound : course.dispatch.upperBound..<course.combine.lowerBound
      windows.append(Window(start: start + idle.lowerBound, end: start + idle.upperBound, time: time))
      start += layer.time.total(overlap)
    }
  }

  /// Microseconds from the step's beginning at which so much of the time for moves is over, and more begins.
  func start(of time: Double) -> Double { place(of: time) { $0 < $1 } }

  /// The same, where no more is used.
  func end(of time: Double) -> Double { place(of: time) { $0 <= $1 } }

  private func place(of time: Double, isWithin: (Double, Double) -> Bool) -> Double {
    var left = time
    for window in windows {
      if isWithin(left, window.time) {
        return window.time > 0 ? window.start + (window.end - window.start) * left / window.time : window.start
      }
      left -= window.time
    }
    return windows.last?.end ?? 0
  }
}
