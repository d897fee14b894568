import Foundation

/// What `validate --format json` prints of errors and gains.
package struct ValidatedErrors: Decodable {
  package struct Errors: Decodable {
    var over: String
    var rows: Int
    var mean: Double
    var max: Double
    var rms: Double?
  }

  package struct GainErrors: Decodable {
    var over: String
    var pairs: Int
    var measured: Double
    var predicted: Double
    var mean: Double
    var clear: Int
    var signRight: Int
  }

  package enum Use: String, CaseIterable {
    case fitted = "fitted rows"
    case leftOut = "rows not fitted"
    case suspect = "suspect rows"
  }

  var errors: [Errors]
  var gainErrors: [GainErrors]?

  /// Errors of a group's rows by their use, in the order of groups.
  var groups: [(name: String, errors: [Use: Errors])] {
    var groups: [(name: String, errors: [Use: Errors])] = []
    for entry in errors {
      guard let use = Use.allCases.first(where: { entry.over.hasSuffix($0.rawValue) }) else { continue }
      let name = entry.over == use.rawValue ? "all" : String(entry.over.dropLast(use.rawValue.count + 2))
      if groups.last?.name != name { groups.append((name, [:])) }
      groups[groups.count - 1].errors[use] = entry
    }
    return groups
  }
}

extension [ValidatedErrors.Use: ValidatedErrors.Errors] {
  /// - Parameter isSmall: whether the group is of messages that limits are not for.
  func cell(_ title: String, isSmall: Bool) -> String {
    let none = "–"
    switch title {
    case "fitted": return self[.fitted].map { "\(percent($0.mean)) (\($0.rows))" } ?? none
    case "left out": return self[.leftOut].map { "\(percent($0.mean)) (\($0.rows))" } ?? none
    case "suspect": return self[.suspect].map { "\(percent($0.mean)) (\($0.rows))" } ?? none
    case "most": return self[.leftOut].map { percent($0.max) } ?? none
    case "rms log": return self[.leftOut]?.rms.map { fixed($0, 3) } ?? none
    default:
      // `≤ 6 %`
      let words = title.split(separator: " ")
      guard words.count == 3, words[0] == "≤", let limit = Double(words[1]), let left = self[.leftOut], !isSmall else {
        return none
      }
      return left.mean * 100 <= limit ? "yes" : "**no**"
    }
  }
}

extension ValidatedErrors.GainErrors {
  func cells(_ titles: [String]) -> [String] {
    titles.map { title in
      switch title {
      case "measured": fixed(measured, 3)
      case "predicted": fixed(predicted, 3)
      case "off": percent(predicted / measured - 1)
      case "error": percent(mean)
      case "sign right": clear > 0 ? "\(percent(Double(signRight) / Double(clear))) of \(clear)" : "–"
      case "pairs": "\(pairs)"
      default: over.components(separatedBy: ", ").map(DocumentedErrors.short).joined(separator: ", ")
      }
    }
  }
}

private func percent(_ fraction: Double) -> String { fixed(fraction * 100, 1) + " %" }

private func fixed(_ value: Double, _ decimals: Int) -> String { String(format: "%.\(decimals)f", value) }
