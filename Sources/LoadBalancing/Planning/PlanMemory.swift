/// What a planner keeps from one plan to the next, layer by layer; nothing at first.
public struct PlanMemory: Equatable, Sendable {
  private var layers: [Int: Double] = [:]

  public init() {}

  public subscript(layer: Int) -> Double? {
    get { layers[layer] }
    set { layers[layer] = newValue }
  }
}
