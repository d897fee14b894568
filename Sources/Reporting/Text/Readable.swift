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

  /// Seconds as `40 s`, `12 min` or `3.5 h`.
  public static func duration(_ seconds: Double) -> String {
    switch seconds {
    case ..<99.5: "\(significant(seconds)) s"
    case ..<5970: "\(significant(seconds / 60)) min"
    default: "\(significant(seconds / 3600)) h"
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

  /// Operations per second with decimal prefixes, as `412 TFLOP/s`.
  public static func flopRate(_ rate: Double) -> String {
    var value = rate
    for unit in ["", "K", "M", "G", "T"] {
      if abs(value) < 999.5 { return "\(significant(value)) \(unit)FLOP/s" }
      value /= 1000
    }
    return "\(significant(value)) PFLOP/s"
  }

  /// A fraction as `+9.1 %`.
  public static func signedPercent(_ fraction: Double) -> String {
    let percent = (fraction * 1000).rounded() / 10
    return "\(percent > 0 ? "+" : percent < 0 ? "−" : "")\(String(format: "%.1f", abs(percent))) %"
  }

  /// `+0.220`, `−0.0135`, and `0` for none.
  static func signed(_ value: Double) -> String {
    (value > 0 ? "+" : value < 0 ? "−" : "") + significant(abs(value))
  }

  /// An improvement 1 − time / other time as `9.1 % faster`, `5.0 % slower` or, where nothing is left of it, `as fast`.
  public static func speed(_ improvement: Double) -> String {
    let text = percent(abs(improvement))
    return text == percent(0) ? "as fast" : "\(text) \(improvement < 0 ? "slower" : "faster")"
  }

  /// The same as `9.1 % faster than static`.
  static func speed(_ improvement: Double, than other: String) -> String {
    let text = speed(improvement)
    return text == "as fast" ? "\(text) as \(other)" : "\(text) than \(other)"
  }

  /// The same with an interval in the same sense, as `5.0 % slower (3.1…6.9)`.
  static func speed(_ improvement: Double, low: Double?, high: Double?) -> String {
    guard let low, let high else { return speed(improvement) }
    let isSlower = improvement < 0
    let (least, most) = isSlower ? (-high, -low) : (low, high)
    func bare(_ fraction: Double) -> String {
      let text = signedPercent(fraction).dropLast(2)
      return String(text.hasPrefix("+") ? text.dropFirst() : text)
    }
    return "\(speed(improvement)) (\(bare(least))…\(bare(most)))"
  }

  /// The same as `5.0 % slower than static (3.1…6.9)`.
  static func speed(_ improvement: Double, low: Double?, high: Double?, than other: String) -> String {
    let interval = speed(improvement, low: low, high: high).dropFirst(speed(improvement).count)
    return speed(improvement, than: other) + interval
  }

  /// A range of improvements as `3.1…6.9 % faster`, `1.0…2.0 % slower` or `1.0 % slower…2.0 % faster`.
  static func speeds(_ range: ClosedRange<Double>) -> String {
    let (low, high) = (range.lowerBound, range.upperBound)
    let (first, last) = high <= 0 ? (high, low) : (low, high)
    let (from, to) = (speed(first), speed(last))
    guard from != to else { return to }
    return low < 0 && high > 0 ? "\(from)…\(to)" : "\(percent(abs(first)).dropLast(2))…\(to)"
  }

  /// A fraction as `9.1 %`.
  public static func percent(_ fraction: Double) -> String { String(format: "%.1f %%", fraction * 100) }

  /// To one decimal, with a minus of its own width.
  @Sendable static func tenths(_ value: Double) -> String {
    let tenths = (value * 10).rounded() / 10
    return (tenths < 0 ? "−" : "") + number(abs(tenths), decimals: 1)
  }

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
  @Sendable static func significant(_ value: Double) -> String {
    guard value != 0, value.isFinite else { return value == 0 ? "0" : "\(value)" }
    let decimals = max(0, 2 - Int(floor(log10(abs(value)))))
    return String(format: "%.\(min(decimals, 6))f", value)
  }
}
