/// Rank loads of single steps: of all, or, where these are more than a chart has columns, of one in 3, 9, 27, ….
///
/// Steps are left out, never added up: what is hot in one and cold in the next would even out. The stride is odd, so that
/// what alternates from step to step still does.
package struct ShownSteps {
  package static let most = 96

  package private(set) var stride = 1
  /// Ordinals.
  package private(set) var steps: [Int] = []
  /// `[steps][layers · rows]` tokens, to whole ones.
  package private(set) var tokens: [[UInt32]] = []
  private var next = 0

  package init() {}

  /// Takes in the next step.
  ///
  /// - Parameter tokens: `[layers · rows]`, asked for if the step is kept.
  package mutating func add(_ tokens: () -> [Double]) {
    defer { next += 1 }
    guard next % stride == 0 else { return }
    if steps.count == Self.most {
      let kept = Swift.stride(from: 0, to: steps.count, by: 3)
      steps = kept.map { steps[$0] }
      self.tokens = kept.map { self.tokens[$0] }
      stride *= 3
      guard next % stride == 0 else { return }
    }
    steps.append(next)
    self.tokens.append(tokens().map { UInt32($0.rounded()) })
  }
}
