/// Chooses what every layer becomes, all together: layers are sent one after another, so that what one takes on the way
/// delays those after it.
///
///     worth = Σ over layers: saving · max(0, horizon − steps on the way of it and all before it) − wait
///
/// Layer by layer the option is taken that is worth most while the others stay as chosen, until nothing changes.
package struct MoveChoice {
  package struct Option {
    /// Microseconds of a step saved against what is in force.
    package var saving: Double
    package var cost: MoveOutlook.Cost

    package init(saving: Double, cost: MoveOutlook.Cost) {
      self.saving = saving
      self.cost = cost
    }
  }

  /// `[layers][options]`, of which the first is what is in force.
  let options: [[Option]]
  let horizon: Double

  package init(options: [[Option]], horizon: Double) {
    self.options = options
    self.horizon = horizon
  }

  /// `[layers]` the place of the option of each.
  ///
  /// - Complexity: O(rounds · layers · (layers + options)); at most 16 rounds.
  package func best() -> [Int] {
    // From what each layer would save most by, so that no layer takes its time because none after it has moved yet.
    var chosen = options.map { options in options.indices.max { options[$0].saving < options[$1].saving } ?? 0 }
    for _ in 0..<Self.rounds {
      let before = chosen
      var arrival = 0.0
      for layer in options.indices {
        chosen[layer] = best(of: layer, chosen, arrival: arrival)
        arrival += options[layer][chosen[layer]].cost.steps
      }
      if chosen == before { break }
    }
    return chosen
  }

  private func best(of layer: Int, _ chosen: [Int], arrival: Double) -> Int {
    // What each later layer saves, and when it would be there if this one took no time.
    var later: [(saving: Double, arrival: Double)] = []
    var steps = arrival
    for next in options.indices.dropFirst(layer + 1) {
      let option = options[next][chosen[next]]
      steps += option.cost.steps
      if option.saving > 0, steps < horizon { later.append((option.saving, steps)) }
    }
    var best = (worth: -Double.infinity, place: 0)
    for (place, option) in options[layer].enumerated() {
      var worth = option.saving * max(0, horizon - arrival - option.cost.steps) - option.cost.wait
      for other in later { worth += other.saving * max(0, horizon - other.arrival - option.cost.steps) }
      if worth > best.worth { best = (worth, place) }
    }
    return best.place
  }

  private static let rounds = 16
}
