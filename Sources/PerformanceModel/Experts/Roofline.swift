import Foundation

/// The roofline model (Williams, Waterman and Patterson, CACM 2009).
public enum Roofline {
  /// Operations per byte from which a GPU with these rates is bound by arithmetic.
  public static func ridgePoint(flopRate: Double, bandwidth: Double) -> Double { flopRate / bandwidth }

  /// (a^p + b^p)^(1/p), scaled by the larger so that large powers do not overflow.
  static func smoothMaximum(_ a: Double, _ b: Double, exponent: Double) -> Double {
    let larger = max(a, b)
    guard larger > 0 else { return 0 }
    return larger * pow(1 + pow(min(a, b) / larger, exponent), 1 / exponent)
  }
}
