import Diagnostics

/// Parses `3:29`, `3-28`, `5` (also `3..<29`, `3...28`), or a list of these separated by commas, into ascending distinct
/// numbers.
///
/// - Throws: `InputError` (usage) for anything else, or more than 4096 numbers.
public func parseSelection(_ text: String, option: String) throws(InputError) -> [Int] {
  var numbers = [Int]()
  for part in text.split(separator: ",", omittingEmptySubsequences: false) {
    let range = try parseRange(String(part), option: option)
    guard range.count <= 4096, numbers.count + range.count <= 4096 else {
      throw InputError("'\(text)' selects more than 4096", in: option, status: .usage)
    }
    numbers += range
  }
  guard !numbers.isEmpty, zip(numbers, numbers.dropFirst()).allSatisfy({ $0 < $1 }) else {
    throw InputError("'\(text)' must ascend without repeats", in: option, status: .usage)
  }
  return numbers
}

/// Parses `A:B` (B left out), `A-B` (with B) or `A`, none negative; `A..<B` and `A...B` are the same in Swift's notation,
/// which a shell wants in quotes.
public func parseRange(_ text: String, option: String) throws(InputError) -> Range<Int> {
  func bounds(_ separator: String) -> (Int, Int)? {
    let parts = text.split(separator: separator, omittingEmptySubsequences: false)
    guard parts.count == 2, let low = Int(parts[0]), let high = Int(parts[1]), low >= 0, high < .max else { return nil }
    return (low, high)
  }
  for open in [":", "..<"] { if let (low, high) = bounds(open), low < high { return low..<high } }
  for closed in ["-", "..."] { if let (low, high) = bounds(closed), low <= high { return low..<high + 1 } }
  if let single = Int(text), single >= 0, single < .max { return single..<single + 1 }
  throw InputError("'\(text)' is not a range such as 3:29 (29 left out) or 3-28", in: option, status: .usage)
}
