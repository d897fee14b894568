/// When each expert is needed, over all steps: what yardsticks may look at.
///
/// Made in one reading of the steps, before they are served; one number for each time that a step needs an expert.
public struct FutureUses: Sendable {
  public let layers: Int
  /// Of a layer.
  public let experts: Int
  /// `[layers · experts]` steps that need each, ascending.
  private var steps: [[UInt32]]
  private var count: UInt32 = 0

  public init(layers: Int, experts: Int) {
    self.layers = layers
    self.experts = experts
    steps = Array(repeating: [], count: layers * experts)
  }

  /// Takes in the next step.
  ///
  /// - Parameter visits: experts that have visits in a layer, each once or more.
  public mutating func addStep(_ visits: (_ layer: Int) -> some Sequence<Int>) {
    for layer in 0..<layers {
      for expert in visits(layer) where steps[layer * experts + expert].last != count {
        steps[layer * experts + expert].append(count)
      }
    }
    count += 1
  }

  /// Where one reader of the future is in it: steps are asked for in order.
  struct Cursor: Sendable {
    private let uses: FutureUses
    /// `[layers · experts]` how many uses are over.
    private var over: [Int]

    init(_ uses: FutureUses) {
      self.uses = uses
      over = Array(repeating: 0, count: uses.steps.count)
    }

    /// The first step from `step` on that needs the item; nil for none.
    mutating func next(_ item: Int, from step: Int) -> Int? {
      let steps = uses.steps[item]
      while over[item] < steps.count, steps[over[item]] < step { over[item] += 1 }
      return over[item] < steps.count ? Int(steps[over[item]]) : nil
    }
  }
}
