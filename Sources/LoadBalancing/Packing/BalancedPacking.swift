/// Packs weighted items into packs of equal size: by descending weight, each to the lightest pack that has room.
///
/// This is `balanced_packing` of DeepSeek's EPLB, in single precision as there. Items of equal weight come in the order
/// that the reference's sort leaves them in (see `Introsort`), equal packs by the lowest index. When a pack holds one
/// item, the items stay in their order. Reused for many layers, it allocates nothing per layer.
///
/// - Complexity: O(items · (log items + log packs)) per layer.
struct BalancedPacking {
  let items: Int
  let packs: Int
  var itemsPerPack: Int { items / packs }
  private var order: [UInt64]
  private var lightest = KeyHeap()
  private var filled: [Int]
  /// `[items]` pack · itemsPerPack + place within the pack.
  private var positions: [Int]

  /// - Parameter items: a multiple of `packs`.
  init(items: Int, packs: Int) {
    precondition(items % packs == 0)
    self.items = items
    self.packs = packs
    order = Array(repeating: 0, count: items)
    filled = Array(repeating: 0, count: packs)
    positions = Array(0..<items)
  }

  /// Where an item went: pack · itemsPerPack + place within the pack, in the order of arrival.
  func position(ofItem item: Int) -> Int { positions[item] }

  /// - Parameter weight: an item's weight, not negative.
  mutating func pack(weight: (Int) -> Float) {
    guard itemsPerPack > 1 else { return }
    for item in 0..<items { order[item] = KeyHeap.descending(weight(item), item) }
    Introsort.sort(&order)
    lightest.fill((0..<packs).lazy.map { KeyHeap.ascending(0, $0) })
    for pack in 0..<packs { filled[pack] = 0 }
    for key in order {
      let item = KeyHeap.index(of: key)
      let pack = KeyHeap.index(of: lightest.minimum)
      positions[item] = pack * itemsPerPack + filled[pack]
      filled[pack] += 1
      if filled[pack] == itemsPerPack {
        lightest.removeMinimum()
      } else {
        let total = KeyHeap.load(ofAscending: lightest.minimum) + Float(bitPattern: ~UInt32(key >> 32))
        lightest.replaceMinimum(with: KeyHeap.ascending(total, pack))
      }
    }
  }
}
