import LoadBalancing
import Randomness

/// Random layers of every kind: sizes, zero loads, equal loads, one hot expert, heavy tails.
enum EvenShareLoads {
  struct Case {
    var shape: PlacementShape
    var load: ExpertLoad
  }

  /// The same for the same seed.
  ///
  /// - Parameter redundant: slots of a rank beyond its part of the experts, at most.
  static func cases(_ count: Int, seed: UInt64, redundant: Int = 3) -> [Case] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count).map { index in
      let ranks = 2 + generator.below(11)
      let experts = ranks + generator.below(40)
      let least = (experts + ranks - 1) / ranks
      let slotsPerRank = min(experts, least + generator.below(redundant + 1))
      let shape = PlacementShape(
        layers: 1, experts: experts, ranks: ranks, nodes: 1, groups: 1, slots: slotsPerRank * ranks)
      return Case(shape: shape, load: load(experts, kind: index % 6, &generator))
    }
  }

  private static func load(_ experts: Int, kind: Int, _ generator: inout SeededGenerator) -> ExpertLoad {
    let hot = generator.below(experts)
    let values = (0..<experts).map { expert -> Double in
      let uniform = Double(1 + generator.below(1000))
      switch kind {
      case 0: return uniform
      case 1: return generator.below(3) == 0 ? 0 : uniform
      case 2: return 7
      case 3: return expert == hot ? 5000 : uniform / 10
      case 4: return (1000 / (1 + Double(generator.below(experts)))).rounded()
      default: return 0
      }
    }
    return ExpertLoad(layers: 1, experts: experts, values: values)
  }
}
