/// The experts that a rank has at hand, layer by layer, with one room for all or one for each layer.
///
/// An *item* is an expert of a layer, `layer · experts + expert`. What a rule goes by changes for one layer at a time,
/// the one that is served, so that for each layer the resident to go first is kept until then: finding one looks at as
/// many layers as there are, and at few experts.
public struct Residents: Sendable {
  /// Of a layer.
  public let experts: Int
  private let capacity: Int
  private let isPerLayer: Bool
  private var count = 0
  /// `[layers]` items, in no order that means anything.
  private var ofLayer: [[Int]]
  /// `[layers]` the one to go first; `none` where no one may, `unknown` where that has to be looked up.
  private var first: [Int]
  /// `[items]` places in their layer; -1 for what is not there.
  private var place: [Int]
  /// `[items]` number of the need that last asked for an item.
  private var asked: [Int]
  private var need = 0
  /// Needs begun.
  private(set) var served = 0
  /// `[items]` the need that an item is kept for, if that is not over; and the last need whose items are kept now.
  private var keptFor: [Int]
  private var keptUntil = Self.nobody

  private static let none = -1
  private static let unknown = -2
  private static let nobody = -1

  /// - Parameters:
  ///   - capacity: items that fit in all.
  ///   - isPerLayer: whether each layer has ⌊capacity / layers⌋ places of its own; the rest stays unused.
  init(layers: Int, experts: Int, capacity: Int, isPerLayer: Bool) {
    self.experts = experts
    self.isPerLayer = isPerLayer
    self.capacity = isPerLayer ? capacity / layers : capacity
    ofLayer = Array(repeating: [], count: layers)
    first = Array(repeating: Self.unknown, count: layers)
    place = Array(repeating: -1, count: layers * experts)
    asked = Array(repeating: 0, count: layers * experts)
    keptFor = Array(repeating: Self.nobody, count: layers * experts)
  }

  public func contains(_ item: Int) -> Bool { place[item] >= 0 }

  var layers: Int { ofLayer.count }

  public func layer(of item: Int) -> Int { item / experts }

  /// Whether an item finds a free place.
  func hasPlace(for item: Int) -> Bool { (isPerLayer ? ofLayer[layer(of: item)].count : count) < capacity }

  /// The resident to go first for an item that wants a place, none that the need under way asks for, nor one that is kept;
  /// nil when there is none.
  ///
  /// - Parameters:
  ///   - key: of a resident; within a layer the least goes first, and it changes only while the layer is served.
  ///   - worth: of the first of a layer; the least goes first.
  @inline(__always)
  mutating func first<Key: Comparable, Worth: Comparable>(
    for item: Int, by key: (Int) -> Key, over worth: (Int) -> Worth
  ) -> Int? {
    let layers = isPerLayer ? layer(of: item)..<layer(of: item) + 1 : 0..<ofLayer.count
    var least: (item: Int, worth: Worth)?
    for layer in layers {
      if first[layer] == Self.unknown { first[layer] = first(ofLayer: layer, by: key) }
      guard first[layer] != Self.none else { continue }
      let candidate = worth(first[layer])
      if let found = least, found.worth <= candidate { continue }
      least = (first[layer], candidate)
    }
    return least?.item
  }

  @inline(__always)
  private func first<Key: Comparable>(ofLayer layer: Int, by key: (Int) -> Key) -> Int {
    var least: (item: Int, key: Key)?
    for item in ofLayer[layer] where !isAsked(item) && !isKept(item) {
      let candidate = key(item)
      if let found = least, found.key < candidate { continue }
      least = (item, candidate)
    }
    return least?.item ?? Self.none
  }

  /// Whether the need under way asks for it.
  func isAsked(_ item: Int) -> Bool { asked[item] == need }

  func isKept(_ item: Int) -> Bool { keptFor[item] >= served && keptFor[item] <= keptUntil }

  /// Keeps what is wanted for the needs up to one, counted from the first, the need under way among them; nothing when
  /// nil.
  mutating func keep(upTo need: Int?) {
    let need = need ?? Self.nobody
    if need != keptUntil { reconsider() }
    keptUntil = need
  }

  /// Says that an item is wanted for a need to come.
  mutating func want(_ item: Int, for need: Int) {
    if keptFor[item] < served || need < keptFor[item] { keptFor[item] = need }
    first[layer(of: item)] = Self.unknown
  }

  /// Begins a need of one layer, whose items stay until it ends.
  mutating func begin(_ needed: [Int]) {
    need += 1
    served += 1
    keep(upTo: nil)
    for item in needed {
      asked[item] = need
      keptFor[item] = served
    }
    if let item = needed.first { first[layer(of: item)] = Self.unknown }
  }

  /// Ends the need.
  mutating func end(_ needed: [Int]) {
    need += 1
    if let item = needed.first { first[layer(of: item)] = Self.unknown }
  }

  /// Forgets what was to go first, since keys have changed everywhere.
  mutating func reconsider() {
    for layer in first.indices { first[layer] = Self.unknown }
  }

  mutating func insert(_ item: Int) {
    let layer = layer(of: item)
    place[item] = ofLayer[layer].count
    ofLayer[layer].append(item)
    count += 1
    first[layer] = Self.unknown
  }

  mutating func remove(_ item: Int) {
    let layer = layer(of: item)
    let last = ofLayer[layer].removeLast()
    if last != item {
      ofLayer[layer][place[item]] = last
      place[last] = place[item]
    }
    place[item] = -1
    count -= 1
    first[layer] = Self.unknown
  }

  /// Removes all but some.
  mutating func remove(allBut kept: Set<Int>) {
    for item in ofLayer.joined() where !kept.contains(item) { remove(item) }
  }
}
