/// Which layers of a replay are replayed here.
enum LayerWork {
  case all
  /// These alone; what they come to is kept and not added up.
  case some(LayerShard.Part)
  /// None: all were replayed elsewhere, and are added up.
  case replayed([LayerShard.Part])

  /// Of a trace's layers, those that are looked at.
  func layers(of count: Int) -> Range<Int> {
    switch self {
    case .all, .replayed: 0..<count
    case .some(let part): part.layers
    }
  }

  /// Keeps what a segment came to, where it is not to be added up.
  ///
  /// - Returns: whether it was kept.
  mutating func keeps(_ blocks: [Segment.Block], steps: Int) -> Bool {
    guard case .some(var part) = self else { return false }
    // Held once, so that it grows in place.
    self = .all
    part.add(blocks, steps: steps)
    self = .some(part)
    return true
  }
}
