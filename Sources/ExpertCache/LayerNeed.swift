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
  /// `[slots]`.
  private var visitsOfSlot: [Int] = []
  /// Those with visits, in the order in which the router first asks for them.
  private var slotsInOrder: [Int] = []

  public init(experts: Int) { place = Array(repeating: -1, count: experts) }

  /// - Parameter visits: experts, one for each visit.
  public mutating func need(layer: Int, visits: Span<UInt16>) -> LayerNeed {
    var need = LayerNeed(layer: layer, experts: [], visits: [])
    for index in visits.indices { add(Int(visits[index]), visits: 1, to: &need) }
    begun += need.experts.count
    return need
  }

  /// The needs of several ranks, of visits in the order of the router.
  ///
  /// - Parameters:
  ///   - slots: of all ranks, one for each visit.
  ///   - experts: `[ranks · slotsPerRank]` the expert of each slot.
  public mutating func needs(
    layer: Int, slots: Span<UInt16>, slotsPerRank: Int, experts: [Int]
  ) -> [LayerNeed] {
    visitsOfSlot.removeAll(keepingCapacity: true)
    visitsOfSlot.append(contentsOf: repeatElement(0, count: experts.count))
    slotsInOrder.removeAll(keepingCapacity: true)
    Self.count(slots, in: &visitsOfSlot, order: &slotsInOrder)
    var held = Array(repeating: [Int](), count: experts.count / slotsPerRank)
    for slot in slotsInOrder { held[slot / slotsPerRank].append(slot) }
    return held.map { slots in
      var need = LayerNeed(layer: layer, experts: [], visits: [])
      need.experts.reserveCapacity(slots.count)
      need.visits.reserveCapacity(slots.count)
      for slot in slots { add(experts[slot], visits: visitsOfSlot[slot], to: &need) }
      begun += need.experts.count
      return need
    }
  }

  private static func count(_ slots: Span<UInt16>, in visits: inout [Int], order: inout [Int]) {
    var visits = visits.mutableSpan
    for index in slots.indices {
      let slot = Int(slots[index])
      if visits[slot] == 0 { order.append(slot) }
      visits[slot] += 1
    }
  }

  @inline(__always)
  private mutating func add(_ expert: Int, visits: Int, to need: inout LayerNeed) {
    if place[expert] >= begun {
      need.visits[place[expert] - begun] += visits
    } else {
      place[expert] = begun + need.experts.count
      need.experts.append(expert)
      need.visits.append(visits)
    }
  }
}
