import Foundation

extension SeededGenerator {
  /// Standard normal (Box and Muller, "A note on the generation of random normal deviates", 1958).
  public mutating func normal() -> Double {
    let radius = (-2 * log(1 - unit())).squareRoot()
    return radius * cos(2 * .pi * unit())
  }

  /// Gamma with this shape, above 0, and scale 1 (Marsaglia and Tsang, "A simple method for generating gamma variables",
  /// 2000). A draw may underflow to 0.
  public mutating func gamma(shape: Double) -> Double {
    precondition(shape > 0)
    let boost = shape < 1 ? pow(1 - unit(), 1 / shape) : 1
    let d = (shape < 1 ? shape + 1 : shape) - 1.0 / 3
    let c = 1 / (9 * d).squareRoot()
    while true {
      let x = normal()
      let v = pow(1 + c * x, 3)
      if v > 0, log(1 - unit()) < x * x / 2 + d - d * v + d * log(v) { return d * v * boost }
    }
  }
}
