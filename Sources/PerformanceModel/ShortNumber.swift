/// Six significant digits, without an exponent for anything a cluster holds.
func shortNumber(_ value: Double) -> String {
  guard value != 0 else { return "0" }
  var scale = 1.0
  while abs(value) * scale < 1e5, scale < 1e12 { scale *= 10 }
  let rounded = (value * scale).rounded() / scale
  return rounded == rounded.rounded() && abs(rounded) < 1e15 ? "\(Int(rounded))" : "\(rounded)"
}

/// Microseconds as `13.2 us`, or `16.23 ns` below a tenth of one.
func shortTime(_ microseconds: Double) -> String {
  abs(microseconds) < 0.1 && microseconds != 0
    ? "\(shortNumber(microseconds * 1e3)) ns" : "\(shortNumber(microseconds)) us"
}
