/// A binary heap of integer keys, smallest first, whose root is replaced more often than removed.
///
/// A key holds a non-negative load in its upper half and an index in its lower, so that one comparison orders by load
/// and then by lowest index: non-negative floats order as their bits do.
struct KeyHeap {
  var keys: [UInt64] = []
  private(set) var count = 0

  /// - Complexity: O(n).
  mutating func fill(_ newKeys: some Collection<UInt64>) {
    keys.removeAll(keepingCapacity: true)
    keys.append(contentsOf: newKeys)
    count = keys.count
    for index in stride(from: count / 2 - 1, through: 0, by: -1) { siftDown(keys[index], from: index) }
  }

  var minimum: UInt64 { keys[0] }

  /// - Complexity: O(log n).
  mutating func replaceMinimum(with key: UInt64) { siftDown(key, from: 0) }

  /// - Complexity: O(log n).
  mutating func removeMinimum() {
    count -= 1
    if count > 0 { siftDown(keys[count], from: 0) }
  }

  /// Orders by ascending load, then ascending index.
  static func ascending(_ load: Float, _ index: Int) -> UInt64 {
    UInt64(load.bitPattern) << 32 | UInt64(index)
  }

  /// Orders by descending load, then ascending index.
  static func descending(_ load: Float, _ index: Int) -> UInt64 {
    UInt64(~load.bitPattern) << 32 | UInt64(index)
  }

  /// The index that a key was made with.
  static func index(of key: UInt64) -> Int { Int(key & 0xFFFF_FFFF) }

  /// The load that an `ascending` key was made with.
  static func load(ofAscending key: UInt64) -> Float { Float(bitPattern: UInt32(key >> 32)) }
}
