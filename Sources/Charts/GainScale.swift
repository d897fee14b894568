/// Shades by how much less time something takes, on both sides of what makes no difference.
package enum GainScale {
  /// Where shades begin, after the first: fractions of the time before.
  package static let thresholds = [-0.1, -0.01, 0.01, 0.1]
  /// Classes on the page, and what they stand for.
  package static let shades = [
    ("g0", "10 % slower and more"), ("g1", "1 to 10 % slower"), ("g2", "within 1 %"), ("g3", "1 to 10 % faster"),
    ("g4", "10 % faster and more"),
  ]

  package static func shade(_ gain: Double) -> Int { thresholds.count { $0 <= gain } }
}
