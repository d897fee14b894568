import Randomness

extension TokenPreferences {
  /// Writes the experts that an id prefers.
  ///
  /// - Parameter choice: `[topK]`.
  func write(_ id: UInt32, into choice: UnsafeMutableBufferPointer<UInt16>) {
    let start = Int(id) * topK
    if start < frequent.count {
      for i in 0..<topK { choice[i] = frequent[start + i] }
    } else {
      var generator = SeededGenerator(seed: seed, stream: UInt64(id))
      rest.drawAlone(into: choice, &generator)
    }
  }

  /// `[topK]` experts that an id would prefer, drawn by the popularity.
  static func draw(_ id: UInt32, _ sampler: LayerSampler, topK: Int, seed: UInt64) -> [UInt16] {
    var generator = SeededGenerator(seed: seed, stream: UInt64(id))
    return [UInt16](unsafeUninitializedCapacity: topK) { choice, initialized in
      sampler.drawAlone(into: UnsafeMutableBufferPointer(rebasing: choice[..<topK]), &generator)
      initialized = topK
    }
  }
}
