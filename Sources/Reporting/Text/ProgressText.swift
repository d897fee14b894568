import Diagnostics

/// How far work is, as one line for a terminal.
package enum ProgressText {
  /// `replaying: 42 %, 1,234 steps, 310 steps/s, 8 s left`, without what does not fit: how many there are first, then the
  /// rate, the time that is left, the part that is done, and the end of the name.
  ///
  /// Rates are since counting began, and where nothing is counted yet, the time since is told; what is left is told once a hundredth is done.
  ///
  /// - Parameter width: characters at most.
  package static func line(_ standing: WorkStanding, width: Int) -> String {
    let percent = standing.fraction.map { "\(Int($0 * 100)) %" }
    let parts = [(percent, 1), (count(standing), 4), (rate(standing), 3), (left(standing), 2)]
    for importance in (0...4).reversed() {
      let told = parts.compactMap { $1 <= importance ? $0 : nil }
      let text = standing.name + (told.isEmpty ? "" : ": " + told.joined(separator: ", "))
      if text.count <= width { return text }
    }
    return String(standing.name.prefix(max(0, width)))
  }

  private static func count(_ standing: WorkStanding) -> String? {
    guard let unit = standing.unit, standing.count > 0 else {
      return standing.fraction == nil ? duration(standing.seconds) : nil
    }
    if unit == .bytes {
      return ([standing.count] + [standing.total].compactMap(\.self)).map { Readable.bytes(Double($0)) }
        .joined(separator: " of ")
    }
    let total = standing.total.map { " of \(Readable.count($0))" } ?? ""
    return "\(Readable.count(standing.count))\(total) \(unit.rawValue)"
  }

  private static func rate(_ standing: WorkStanding) -> String? {
    guard let rate = standing.rate else { return nil }
    if rate.unit == .bytes { return "\(Readable.bytes(rate.perSecond))/s" }
    let number =
      rate.perSecond < 999.5
      ? Readable.significant(rate.perSecond) : Readable.count(whole: rate.perSecond.rounded())
    return "\(number) \(rate.unit.rawValue)/s"
  }

  private static func left(_ standing: WorkStanding) -> String? {
    guard let fraction = standing.fraction, fraction >= 0.01, standing.seconds > 0 else { return nil }
    return duration(standing.seconds * (1 - fraction) / fraction) + " left"
  }

  /// `8 s`, `1 min 20 s` or `2 h 5 min`.
  private static func duration(_ seconds: Double) -> String {
    let whole = Int(min(seconds, 1e9).rounded(.up))
    switch whole {
    case ..<60: return "\(whole) s"
    case ..<3600: return "\(whole / 60) min \(whole % 60) s"
    default: return "\(whole / 3600) h \(whole / 60 % 60) min"
    }
  }
}
