/// The most hits that any rule can have, which is what Belady's has, counted without looking ahead.
///
/// A touch of an item is a hit if the item stayed since it was touched before. Whether it could have is known by now:
/// stays are taken in the order in which they end, each where every need that it spans still has a place besides its
/// own experts, and this takes as many as there can be. Another stay that could be taken in its place ends later, and
/// spans all that is full between here and there. So each stay takes a place from every need since its touch before,
/// and of the needs only those count that have fewer places left than every later one: `capacity` of them at most.
///
/// A rule may have to keep all that it loads until its layer is over, as Belady's does, or may stream: use an expert and
/// not keep it, so that a need takes no places from what stays. The hits of streaming rules bound those of all.
///
/// Source: Belady 1966, IBM Systems Journal 5 (2), for the rule; the order of stays is that of interval scheduling.
public struct BeladyMinimum: Sendable {
  private let capacity: Int
  private let streams: Bool
  /// `[items]` number of the need that touched it last; nil for none.
  private var touched: [Int?]
  private var needs = 0
  /// The last point without a place left: nothing that was touched before it can have stayed.
  private var full = -1
  /// Points that have fewer places left than all later ones, ascending, and how many more each has than the one before.
  private var points: [(point: Int, more: Int)] = []
  /// Places left at the last point.
  private var left = 0
  public private(set) var accesses = 0
  public private(set) var hits = 0

  /// - Parameters:
  ///   - items: distinct ones, numbered from 0.
  ///   - capacity: items that fit, above 0.
  ///   - streams: whether what is loaded may be gone at once. Where not, and a need alone is more than fits, any of its
  ///     experts may stay after it, whatever order they came in.
  public init(items: Int, capacity: Int, streams: Bool) {
    precondition(capacity > 0)
    self.capacity = capacity
    self.streams = streams
    touched = Array(repeating: nil, count: items)
  }

  /// Takes in the items that are needed at once, each once.
  public mutating func touch(_ items: [Int]) {
    accesses += items.count
    for item in items {
      if let before = touched[item], stays(since: before) { hits += 1 }
      touched[item] = needs
    }
    // A stay spans the point of a need that it begins before, and the one after a need that it begins with.
    if !streams { push(2 * needs, places: max(0, capacity - items.count)) }
    if streams || items.count > capacity { push(2 * needs + 1, places: capacity) }
    needs += 1
  }

  /// Takes a place at every point since a need, if there is one.
  private mutating func stays(since need: Int) -> Bool {
    let start = 2 * need
    guard start >= full else { return false }
    var (low, high) = (0, points.count)
    while low < high {
      let middle = (low + high) / 2
      if points[middle].point > start { high = middle } else { low = middle + 1 }
    }
    guard low < points.count else { return true }
    left -= 1
    points[low].more -= 1
    if points[low].more == 0 {
      // No more than the point before has, which spans less.
      if low == 0 {
        full = points[low].point
        points.removeFirst()
      } else {
        points[low].more = points[low - 1].more
        points.remove(at: low - 1)
      }
    }
    return true
  }

  private mutating func push(_ point: Int, places: Int) {
    while let last = points.last, left >= places {
      left -= last.more
      points.removeLast()
    }
    if places == 0 {
      full = point
    } else {
      points.append((point, places - left))
      left = places
    }
  }
}
