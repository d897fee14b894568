import Foundation

/// The memory of ids of steps that nobody looks at any more, for steps that are decoded next: what the system has found
/// once it need not find again.
final class SpareIDs: @unchecked Sendable {
  /// Ids that are kept at most.
  private static let limit = 4 << 20

  private let lock = NSLock()
  private var spare: [[UInt16]] = []
  private var count = 0

  func give(_ ids: [UInt16]) {
    lock.withLock {
      guard !ids.isEmpty, count + ids.capacity <= Self.limit else { return }
      spare.append(ids)
      count += ids.capacity
    }
  }

  /// So many ids, which mean nothing yet.
  func take(_ wanted: Int) -> [UInt16] {
    let found = lock.withLock { () -> [UInt16]? in
      guard let place = spare.lastIndex(where: { $0.capacity >= wanted && $0.capacity / 2 <= wanted }) else {
        return nil
      }
      count -= spare[place].capacity
      return spare.remove(at: place)
    }
    guard var ids = found else { return NativeFrameReader.room(wanted) }
    if ids.count > wanted { ids.removeLast(ids.count - wanted) }
    if ids.count < wanted { ids.append(contentsOf: repeatElement(0, count: wanted - ids.count)) }
    return ids
  }
}
