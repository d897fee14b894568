/// What an expert takes on any number of tokens, in micro-batches one after another; each is priced once.
public struct ExpertTimes: Sendable {
  private let pass: AccumulatedPass
  /// `[tokens]` microseconds of one kernel.
  private var kernels: [Double] = []

  public init(_ pass: AccumulatedPass) { self.pass = pass }

  /// Microseconds of a layer's experts.
  ///
  /// - Parameter tokens: of each expert.
  public mutating func time(of tokens: [Int], microBatch: Int) -> Double {
    let most = min(microBatch, tokens.max() ?? 0)
    while kernels.count <= most { kernels.append(pass.expertTime(tokens: kernels.count)) }
    var time = 0.0
    for count in tokens where count > 0 {
      let (whole, rest) = count.quotientAndRemainder(dividingBy: microBatch)
      if whole > 0 { time += Double(whole) * kernels[microBatch] }
      time += kernels[rest]
    }
    return time
  }
}
