/// Operations per byte of expert kernels, and how fast they compute: what the roofline model is read off.
extension ExpertCompute {
  /// Operations per byte as executed, padding counted; 0 for kernels that move nothing.
  public func intensity(_ cost: ExpertCost) -> Double { intensity(math: cost.math, memory: cost.memory) }

  /// Operations on tokens per byte.
  public func usefulIntensity(_ cost: ExpertCost) -> Double { intensity(math: cost.usefulMath, memory: cost.memory) }

  /// Operations on tokens per second; nil for kernels that take no time.
  public func flopsPerSecond(_ cost: ExpertCost) -> Double? {
    cost.time > 0 ? cost.usefulMath * flopRate / cost.time * 1e6 : nil
  }

  private func intensity(math: Double, memory: Double) -> Double { memory > 0 ? ridgePoint * math / memory : 0 }
}

extension ExpertCost {
  /// One after the other.
  public mutating func add(_ other: ExpertCost) {
    time += other.time
    memory += other.memory
    math += other.math
    usefulMath += other.usefulMath
    touchedExperts += other.touchedExperts
    fixed += other.fixed
    waiting += other.waiting
  }
}
