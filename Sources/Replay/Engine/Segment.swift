import LoadBalancing

/// The outcomes of consecutive steps under one placement, filled in by several threads.
///
/// Each (step, layer) has its own memory, written once before anyone reads it.
final class Segment: @unchecked Sendable {
  /// Indices of steps in the batch.
  let steps: Range<Int>
  private let layers: Int
  private let experts: Int
  /// `[steps][layers]`.
  private let outcomes: UnsafeMutableBufferPointer<LayerOutcome>
  /// `[steps][layers][experts]` tokens.
  private let loads: UnsafeMutableBufferPointer<Double>

  init(steps: Range<Int>, layers: Int, experts: Int) {
    self.steps = steps
    self.layers = layers
    self.experts = experts
    outcomes = .allocate(capacity: steps.count * layers)
    outcomes.initialize(repeating: LayerOutcome())
    loads = .allocate(capacity: steps.count * layers * experts)
    loads.initialize(repeating: 0)
  }

  deinit {
    outcomes.deallocate()
    loads.deallocate()
  }

  func set(_ outcome: LayerOutcome, step: Int, layer: Int) {
    outcomes[(step - steps.lowerBound) * layers + layer] = outcome
  }

  func setLoad(_ tokens: [Double], step: Int, layer: Int) {
    let start = ((step - steps.lowerBound) * layers + layer) * experts
    _ = UnsafeMutableBufferPointer(rebasing: loads[start..<start + experts]).update(fromContentsOf: tokens)
  }

  /// `[layers]`.
  func outcomes(ofStep step: Int) -> UnsafeMutableBufferPointer<LayerOutcome>.SubSequence {
    outcomes[(step - steps.lowerBound) * layers..<(step - steps.lowerBound + 1) * layers]
  }

  func load(ofStep step: Int) -> ExpertLoad {
    let width = layers * experts
    let start = (step - steps.lowerBound) * width
    return ExpertLoad(layers: layers, experts: experts, values: Array(loads[start..<start + width]))
  }
}
