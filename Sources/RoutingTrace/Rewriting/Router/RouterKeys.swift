import Diagnostics

/// The keys of a rewrite, `factor=1.25,by=order`.
public struct RouterKeys {
  private let text: String
  private var values: [(key: String, value: String)] = []

  init(_ text: String) throws(InputError) {
    self.text = text
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[1].isEmpty else { return }
    for part in parts[1].split(separator: ",", omittingEmptySubsequences: false) {
      let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map { String($0) }
      guard pair.count == 2, !pair[0].isEmpty, !pair[1].isEmpty else {
        throw failure("'\(part)', expected key=value")
      }
      guard !values.contains(where: { $0.key == pair[0] }) else { throw failure("'\(pair[0])' twice") }
      values.append((pair[0], pair[1]))
    }
  }

  func failure(_ message: String) -> InputError {
    InputError(message, in: "\(RouterRewrites.option) \(text)", status: .usage)
  }

  /// - Throws: `InputError` (usage) for a key that is none of `known`.
  func require(only known: [String]) throws(InputError) {
    guard let odd = values.first(where: { !known.contains($0.key) }) else { return }
    throw failure(
      "unknown key '\(odd.key)'\(suggestion(for: odd.key, in: known)); it takes \(known.joined(separator: ", "))")
  }

  func text(_ key: String) -> String? { values.first { $0.key == key }?.value }

  func choice(_ key: String, of names: [String]) throws(InputError) -> String {
    guard let value = text(key) else { return names[0] }
    guard names.contains(value) else {
      throw failure(
        "\(key): unknown '\(value)'\(suggestion(for: value, in: names)); expected \(names.joined(separator: ", "))")
    }
    return value
  }

  func count(_ key: String, in range: ClosedRange<Int>, or usual: Int? = nil) throws(InputError) -> Int {
    guard let value = text(key) else {
      if let usual { return usual }
      throw failure("needs \(key), \(range.lowerBound)…\(range.upperBound)")
    }
    guard let number = Int(value), range.contains(number) else {
      throw failure("\(key): \(value), expected \(range.lowerBound)…\(range.upperBound)")
    }
    return number
  }

  /// Above 0, at most `most`.
  func positive(_ key: String, most: Double) throws(InputError) -> Double {
    guard let value = text(key) else { throw failure("needs \(key), above 0") }
    guard let number = Double(value), number > 0, number <= most else {
      throw failure("\(key): \(value), expected above 0, at most \(Int(most))")
    }
    return number
  }
}
