import Randomness

extension LayerSampler {
  /// What the tokens of one layer and step are drawn with.
  struct Batch {
    /// `[tokens]` topic of each token.
    var topics: UnsafeBufferPointer<UInt16>
    /// `[tokens]` index into `memory` of the sequence's previous choice, negative for a first token.
    var previous: UnsafeBufferPointer<Int32>
    /// `[tokens]` index into `memory` where the choice is remembered.
    var places: UnsafeBufferPointer<Int32>
    /// `[places][topK]` the last choice of every sequence in this layer.
    var memory: UnsafeMutableBufferPointer<UInt16>
    /// `[tokens][topK]` the choice in the layer before, if it matters.
    var layerBefore: UnsafeBufferPointer<UInt16>?
    /// Of 65,536, how likely an expert is kept from `memory` and from the layer before.
    var keepNeighbour: UInt64
    var keepLayer: UInt64
    /// `[tokens][topK]` the experts that each token's vocabulary id prefers, if it matters, and how likely one is kept.
    var preferred: UnsafeBufferPointer<UInt16>?
    var keepPreferred: UInt64 = 0
  }

  /// Fills `output`, `[tokens][topK]`.
  func draw(_ batch: Batch, into output: UnsafeMutableBufferPointer<UInt16>, _ generator: inout SeededGenerator) {
    var generatorCopy = generator
    let (tables, groupTables) = (tables.span, groupTables.span)
    for token in 0..<batch.topics.count {
      let choice = UnsafeMutableBufferPointer(rebasing: output[token &* topK..<(token &+ 1) &* topK])
      var chosen = 0
      let previous = Int(batch.previous[token])
      if batch.keepNeighbour > 0, previous >= 0 {
        let before = batch.memory[previous &* topK..<(previous &+ 1) &* topK]
        keep(UnsafeBufferPointer(rebasing: before), batch.keepNeighbour, choice, &chosen, &generatorCopy)
      }
      if let preferred = batch.preferred {
        let likings = preferred[token &* topK..<(token &+ 1) &* topK]
        keep(UnsafeBufferPointer(rebasing: likings), batch.keepPreferred, choice, &chosen, &generatorCopy)
      }
      let company = chosen > 0 ? choice[0] : nil
      if batch.keepLayer > 0, let layerBefore = batch.layerBefore {
        let before = layerBefore[token &* topK..<(token &+ 1) &* topK]
        keep(UnsafeBufferPointer(rebasing: before), batch.keepLayer, choice, &chosen, &generatorCopy)
      }
      var taste = Int(batch.topics[token])
      if kinds > 1 { taste = taste &* kinds &+ drawKind(company, &generatorCopy) }
      complete(choice, &chosen, taste, tables, groupTables, &generatorCopy)
      if batch.keepNeighbour > 0 {
        let place = Int(batch.places[token])
        for i in 0..<topK { batch.memory[place &* topK &+ i] = choice[i] }
      }
    }
    generator = generatorCopy
  }

  /// Draws the choice of a token that depends on no other.
  ///
  /// - Parameter choice: `[topK]`.
  func drawAlone(into choice: UnsafeMutableBufferPointer<UInt16>, _ generator: inout SeededGenerator) {
    var chosen = 0
    complete(choice, &chosen, 0, tables.span, groupTables.span, &generator)
  }

  /// Fills up a choice that has `chosen` experts.
  @inline(__always)
  private func complete(
    _ choice: UnsafeMutableBufferPointer<UInt16>, _ chosen: inout Int, _ taste: Int,
    _ tables: Span<UInt64>, _ groupTables: Span<UInt64>,
    _ generator: inout SeededGenerator
  ) {
    let table = tables.extracting(taste &* experts..<(taste &+ 1) &* experts)
    if groupTables.isEmpty {
      fill(choice, chosen, table, mask: nil, taste, &generator)
    } else {
      let groupTable = groupTables.extracting(taste &* groups..<(taste &+ 1) &* groups)
      let mask = drawGroups(groupTable, kept: choice, &chosen, &generator)
      fill(choice, chosen, table, mask: mask, taste, &generator)
    }
  }

  /// Takes each expert of `before` with the given probability, unless it was chosen already.
  @inline(__always)
  private func keep(
    _ before: UnsafeBufferPointer<UInt16>, _ probability: UInt64, _ choice: UnsafeMutableBufferPointer<UInt16>,
    _ chosen: inout Int, _ generator: inout SeededGenerator
  ) {
    var bits: UInt64 = 0
    for i in 0..<before.count {
      bits = i & 3 == 0 ? generator.next() : bits >> 16
      guard bits & 0xFFFF < probability, chosen < topK else { continue }
      let candidate = before[i]
      var isNew = true
      for j in 0..<chosen where choice[j] == candidate { isNew = false }
      choice[chosen] = candidate
      if isNew { chosen &+= 1 }
    }
  }

  /// The kind of a token: any is as likely, or, once an expert was kept from a neighbour, as that expert makes it, so that
  /// kept and drawn experts go together and each expert stays as popular as it is.
  @inline(__always)
  private func drawKind(_ kept: UInt16?, _ generator: inout SeededGenerator) -> Int {
    let bits = generator.next()
    guard let kept else { return AliasTable.column(bits, of: kinds) }
    let table = kindTables.span.extracting(Int(kept) &* kinds..<(Int(kept) &+ 1) &* kinds)
    return AliasTable.outcome(table, bits)
  }

  @inline(__always)
  private func fill(
    _ choice: UnsafeMutableBufferPointer<UInt16>, _ alreadyChosen: Int, _ table: Span<UInt64>,
    mask: SIMD4<UInt64>?, _ taste: Int, _ generator: inout SeededGenerator
  ) {
    var chosen = alreadyChosen
    var attempts = 0
    let patience = 64 &* topK
    let groupSize = experts / groups
    while chosen < topK {
      let candidate: Int
      if attempts < patience {
        candidate = AliasTable.outcome(table, generator.next())
        attempts &+= 1
        if let mask {
          let group = candidate / groupSize
          if mask[group >> 6] >> UInt64(group & 63) & 1 == 0 { continue }
        }
      } else {
        candidate = drawFromRest(choice, chosen, mask: mask, taste, &generator)
      }
      let expert = UInt16(truncatingIfNeeded: candidate)
      var isNew = true
      for i in 0..<chosen where choice[i] == expert { isNew = false }
      choice[chosen] = expert
      if isNew { chosen &+= 1 }
    }
  }

  /// The groups of one token: those of the experts it kept, filled up by drawing. Experts beyond the limit are dropped.
  private func drawGroups(
    _ table: Span<UInt64>, kept choice: UnsafeMutableBufferPointer<UInt16>, _ chosen: inout Int,
    _ generator: inout SeededGenerator
  ) -> SIMD4<UInt64> {
    var mask = SIMD4<UInt64>()
    var count = 0
    let groupSize = experts / groups
    var kept = 0
    for i in 0..<chosen {
      let group = Int(choice[i]) / groupSize
      let bit: UInt64 = 1 << UInt64(group & 63)
      if mask[group >> 6] & bit == 0 {
        if count == groupsPerToken { continue }
        mask[group >> 6] |= bit
        count &+= 1
      }
      choice[kept] = choice[i]
      kept &+= 1
    }
    chosen = kept
    var attempts = 0
    while count < groupsPerToken {
      // A group that is hardly ever drawn is replaced by the next free one after long patience.
      let group = attempts < 64 &* groups ? AliasTable.outcome(table, generator.next()) : attempts % groups
      attempts &+= 1
      let bit: UInt64 = 1 << UInt64(group & 63)
      if mask[group >> 6] & bit == 0 {
        mask[group >> 6] |= bit
        count &+= 1
      }
    }
    return mask
  }

  /// Draws among the experts that were not chosen yet, for popularities so steep that redrawing takes long.
  @inline(never)
  private func drawFromRest(
    _ choice: UnsafeMutableBufferPointer<UInt16>, _ chosen: Int, mask: SIMD4<UInt64>?, _ taste: Int,
    _ generator: inout SeededGenerator
  ) -> Int {
    var remaining = Array(weights[taste * experts..<(taste + 1) * experts])
    for i in 0..<chosen { remaining[Int(choice[i])] = 0 }
    if let mask {
      let groupSize = experts / groups
      for expert in remaining.indices {
        let group = expert / groupSize
        if mask[group >> 6] >> UInt64(group & 63) & 1 == 0 { remaining[expert] = 0 }
      }
    }
    var position = generator.unit() * remaining.reduce(0, +)
    for (expert, weight) in remaining.enumerated() where weight > 0 {
      if position < weight { return expert }
      position -= weight
    }
    return remaining.lastIndex { $0 > 0 } ?? 0
  }
}
