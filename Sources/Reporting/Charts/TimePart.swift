import Charts
import Replay

/// A part of a policy's time; what overlap hides is in it.
struct TimePart: Sendable {
  /// A class of the page, one of `Palette.parts`.
  let style: String
  let microseconds: Double

  /// As legends and sentences call it.
  var label: String {
    switch style {
    case "migration": "moves not hidden"
    case "waiting": "waiting for the slowest rank"
    case "balancing": "balancing after the gate"
    case "stall": "waiting for experts"
    case "interruption": "while ranks come and go"
    default: style
    }
  }

  /// All parts of a time, in the order of the palette; none of them 0.
  static func all(of time: PolicyResult.Time) -> [TimePart] {
    let waiting = min(time.waiting ?? 0, time.experts ?? 0)
    let amounts = [
      "dispatch": time.dispatch, "experts": (time.experts ?? 0) - waiting, "waiting": waiting,
      "combine": time.combine ?? 0, "migration": time.migration ?? 0, "prediction": time.prediction ?? 0,
      "balancing": time.balancing ?? 0, "stall": time.stall ?? 0,
      "interruption": time.interruption ?? 0,
    ]
    return Palette.parts.map { TimePart(style: $0.name, microseconds: amounts[$0.name] ?? 0) }
      .filter { $0.microseconds > 0 }
  }
}
