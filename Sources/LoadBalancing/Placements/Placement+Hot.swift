/// A layer's lookup tables as plain pointers, for loops over visits. Valid within `LayerPlacement.withTables`.
struct PlacementTables {
  /// `[experts + 1]`, `[slots]`, `[slots]` and `[slots]`: see `LayerPlacement`.
  let firstSlot: UnsafeBufferPointer<Int>
  let slotsByExpert: UnsafeBufferPointer<Int>
  let physicalToLogical: UnsafeBufferPointer<Int>
  let shares: UnsafeBufferPointer<Double>
  let slotsPerRank: Int
  let ranks: Int
  let experts: Int

  /// Positions in `slotsByExpert` of the slots of `expert`.
  @inline(__always)
  func positions(ofExpert expert: Int) -> Range<Int> {
    Range(uncheckedBounds: (firstSlot[expert], firstSlot[expert + 1]))
  }
}

extension LayerPlacement {
  func withTables<Result>(_ body: (PlacementTables) -> Result) -> Result {
    firstSlot.withUnsafeBufferPointer { firstSlot in
      slotsByExpert.withUnsafeBufferPointer { slotsByExpert in
        physicalToLogical.withUnsafeBufferPointer { physicalToLogical in
          shares.withUnsafeBufferPointer { shares in
            body(
              PlacementTables(
                firstSlot: firstSlot, slotsByExpert: slotsByExpert, physicalToLogical: physicalToLogical,
                shares: shares, slotsPerRank: slotsPerRank, ranks: ranks, experts: experts))
          }
        }
      }
    }
  }
}

extension Array {
  /// The array as `count` copies of `value`, in the memory it has.
  mutating func refill(_ value: Element, count: Int) {
    removeAll(keepingCapacity: true)
    append(contentsOf: repeatElement(value, count: count))
  }
}
