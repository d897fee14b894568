import Diagnostics

/// A time within which a strategy has to pay for itself, such as `1h`, `30 min`, `90s` or `2d`.
public struct Horizon: Equatable, Sendable {
  /// Seconds, where none is asked for.
  public static let usual = 3600.0

  /// Above 0.
  public let seconds: Double

  private static let units: KeyValuePairs<String, Double> = ["s": 1, "min": 60, "h": 3600, "d": 86_400]
  private static let longest = 1e9

  /// - Throws: `InputError` (usage) for anything else, or more than 1e9 s.
  public init(_ text: String, option: String = "--horizon") throws(InputError) {
    let number = text.prefix { $0.isNumber || $0 == "." }
    let unit = text[number.endIndex...].drop { $0 == " " }
    guard let scale = Self.units.first(where: { $0.key == unit })?.value, let value = Double(number) else {
      let known = Self.units.map(\.key)
      throw InputError(
        "'\(text)', expected a number with a unit (\(known.joined(separator: ", "))), such as 1h", in: option,
        status: .usage)
    }
    seconds = value * scale
    guard seconds > 0, seconds <= Self.longest else {
      throw InputError("'\(text)', expected more than 0 and at most 1e9 s", in: option, status: .usage)
    }
  }
}
