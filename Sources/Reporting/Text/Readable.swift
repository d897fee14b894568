import Foundation

/// Numbers as a person reads them: three significant digits and a unit.
public enum Readable {
  /// What stands where a figure does not apply.
  static let nothing = "–"

  /// Microseconds as `950 us`, `2.31 ms` or `1.04 s`.
  public static func time(_ microseconds: Double) -> String {
    switch abs(microseconds) {
    case 0..<999.5: "\(significant(microseconds)) us"
    case 999.5..<999_500: "\(significant(microseconds / 1e3)) ms"
    default: "\(significant(microseconds / 1e6)) s"
    }
  }

  /// Bytes with decimal prefixes.
  public static func bytes(_ bytes: Double) -> String {
    var value = bytes
    for unit in ["B", "KB", "MB", "GB", "TB"] {
      if abs(value) < 999.5 { return "\(significant(value)) \(unit)" }
      value /= 1000
    }
    return "\(significant(value)) PB"
  }

  /// A fraction as `+9.1 %`.
  public static func signedPercent(_ fraction: Double) -> String {
    let percent = (fraction * 1000).rounded() / 10
    return "\(percent > 0 ? "+" : percent < 0 ? "−" : "")\(String(format: "%.1f", abs(percent))) %"
  }

  /// A fraction as `9.1 %`.
  public static func percent(_ fraction: Double) -> String { String(format: "%.1f %%", fraction * 100) }

  /// A whole number with thousands apart.
  public static func count(_ count: Int) -> String {
    var digits = String(count.magnitude)
    var groups = [String]()
    while digits.count > 3 {
      groups.insert(String(digits.suffix(3)), at: 0)
      digits.removeLast(3)
    }
    return (count < 0 ? "−" : "") + ([digits] + groups).joined(separator: ",")
  }

  /// The whole part of a number, however large it is.
  static func count(whole value: Double) -> String {
    Int(exactly: value.rounded(.towardZero)).map { count($0) } ?? significant(value)
  }

  /// `3 steps`, `1 step`.
  public static func count(_ count: Int, _ noun: String) -> String {
    "\(self.count(count)) \(noun)\(count == 1 ? "" : "s")"
  }

  public static func ratio(_ value: Double?) -> String {
    value.map { String(format: "%.3f", $0) } ?? nothing
  }

  /// To this many decimals.
  static func number(_ value: Double, decimals: Int) -> String { String(format: "%.\(decimals)f", value) }

  /// To this many decimals, or fewer where the last are 0.
  static func upTo(_ value: Double, decimals: Int) -> String {
    let scale = pow(10, Double(decimals))
    let rounded = (value * scale).rounded() / scale
    return rounded == rounded.rounded() && abs(rounded) < 1e15 ? String(Int(rounded)) : String(rounded)
  }

  /// Three significant digits without an exponent.
  static func significant(_ value: Double) -> String {
    guard value != 0, value.isFinite else { return value == 0 ? "0" : "\(value)" }
    let decimals = max(0, 2 - Int(floor(log10(abs(value)))))
    return String(format: "%.\(min(decimals, 6))f", value)
  }
}
