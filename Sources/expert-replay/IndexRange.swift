import ArgumentParser
import Foundation

/// `A..<B`, 0-based; either end may be left out.
struct IndexRange: ExpressibleByArgument {
  let range: Range<Int>

  init?(argument: String) {
    let parts = argument.components(separatedBy: "..<")
    guard parts.count == 2, let lower = parts[0].isEmpty ? 0 : Int(parts[0]),
      let upper = parts[1].isEmpty ? Int.max : Int(parts[1]), 0 <= lower, lower < upper
    else { return nil }
    range = lower..<upper
  }
}
