/// Which plans are in force: they are numbered as they begin, from 1, and 0 is what servers start with.
package struct PlanNumbers: Equatable, Sendable {
  package private(set) var begun = 0
  /// `[layers]`.
  package private(set) var ofLayer: [Int]

  init(layers: Int) { ofLayer = Array(repeating: 0, count: layers) }

  /// The number of the next plan.
  mutating func begin() -> Int {
    begun += 1
    return begun
  }

  mutating func adopt(_ plan: Int, inLayer layer: Int) { ofLayer[layer] = plan }
}
