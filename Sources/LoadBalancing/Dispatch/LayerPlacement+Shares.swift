extension LayerPlacement {
  /// `[slots]` the same for every slot of an expert.
  var evenShares: [Double] { physicalToLogical.map { 1 / Double(slots(ofExpert: $0).count) } }

  /// `[slots]` all to the replica of an expert that a rule chooses, the same to all of them where it chooses none.
  ///
  /// - Parameter choice: an expert's one replica in the order of its slots, given how many it has.
  func shares(choosing choice: (_ expert: Int, _ replicas: Int) -> Int?) -> [Double] {
    var shares = evenShares
    for expert in 0..<experts {
      let slots = slots(ofExpert: expert)
      guard slots.count > 1, let chosen = choice(expert, slots.count) else { continue }
      for (place, slot) in slots.enumerated() { shares[slot] = place == chosen ? 1 : 0 }
    }
    return shares
  }
}
