import Diagnostics

/// Recorded sequences that were read for what they hold in all and are kept to be given, so that no file is read twice.
///
/// One alone is always kept, as it is in memory anyway; several only up to a bound.
final class HeldArrays: RoutedArraySource {
  /// Ids, of two bytes each, that several sequences may have.
  private static let limit = 16 << 20

  private var arrays: [(RoutedArray, place: String)] = []
  private var ids = 0
  private var given = 0
  /// Whether all that were read are kept.
  private(set) var areAll = true

  func keep(_ array: RoutedArray, place: String) {
    guard areAll else { return }
    arrays.append((array, place))
    ids += array.ids.count
    guard arrays.count > 1, ids > Self.limit else { return }
    areAll = false
    arrays = []
  }

  func next() -> (RoutedArray, place: String)? {
    guard given < arrays.count else { return nil }
    defer {
      arrays[given].0.ids = []
      given += 1
    }
    return arrays[given]
  }
}
