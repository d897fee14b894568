/// The experts of one layer that have visits on a rank in a step: what has to be at hand before it can compute.
public struct LayerNeed: Equatable, Sendable {
  /// Index in the trace.
  public var layer: Int
  /// Distinct, in the order in which the router first asks for them: first token, first choice first.
  public var experts: [Int]
  /// `[experts.count]` tokens that visit each.
  public var visits: [Int]

  public init(layer: Int, experts: [Int], visits: [Int]) {
    precondition(experts.count == visits.count)
    self.layer = layer
    self.experts = experts
    self.visits = visits
  }
}

extension LayerNeed {
  /// What several ranks need of one layer; an expert that some of them share comes once, where the first needs it.
  ///
  /// - Precondition: at least one.
  public init(joining needs: [LayerNeed]) {
    var places: [Int: Int] = [:]
    self.init(layer: needs[0].layer, experts: [], visits: [])
    for need in needs {
      for (expert, count) in zip(need.experts, need.visits) {
        if let place = places[expert] {
          visits[place] += count
        } else {
          places[expert] = experts.count
          experts.append(expert)
          visits.append(count)
        }
      }
    }
  }
}

/// Makes the needs of layers from visits in the order of the router.
///
/// Scratch space of one thread.
public struct NeedCounter {
  /// `[experts]` places in the need being made, below `begun` for those of earlier ones.
  private var place: [Int]
  private var begun = 0

  public init(experts: Int) { place = Array(repeating: -1, count: experts) }

  /// - Parameter visits: experts, one for each visit.
  public mutating func need(layer: Int, visits: some Sequence<UInt16>) -> LayerNeed {
    var need = LayerNeed(layer: layer, experts: [], visits: [])
    for visit in visits {
      let expert = Int(visit)
      if place[expert] >= begun {
        need.visits[place[expert] - begun] += 1
      } else {
        place[expert] = begun + need.experts.count
        need.experts.append(expert)
        need.visits.append(1)
      }
    }
    begun += need.experts.count
    return need
  }
}
