import Foundation

/// From values to where they are on an axis: 0 at its beginning, 1 at its end.
package struct Scale: Sendable {
  package enum Kind: Sendable { case linear, logarithmic }

  package let kind: Kind
  package let domain: ClosedRange<Double>

  /// - Parameter domain: not empty; above 0 for a logarithmic one. One value alone is given room on both sides.
  package init(_ kind: Kind, _ domain: ClosedRange<Double>) {
    self.kind = kind
    guard domain.lowerBound == domain.upperBound else {
      self.domain = domain
      return
    }
    let value = domain.lowerBound
    self.domain = kind == .logarithmic ? value / 10...value * 10 : value - 1...value + 1
  }

  package func place(_ value: Double) -> Double {
    switch kind {
    case .linear: (value - domain.lowerBound) / (domain.upperBound - domain.lowerBound)
    case .logarithmic: log(value / domain.lowerBound) / log(domain.upperBound / domain.lowerBound)
    }
  }

  /// A domain that begins and ends at ticks, and has all of `values`; from 0 on if they are all above and `fromZero`.
  package static func rounded(_ values: some Sequence<Double>, fromZero: Bool, ticks: Int = 5) -> Scale {
    let values = values.filter(\.isFinite)
    var (low, high) = (values.min() ?? 0, values.max() ?? 1)
    if fromZero { (low, high) = (min(0, low), max(0, high)) }
    if low == high { high = low + (low == 0 ? 1 : abs(low)) }
    let step = Ticks.step(for: high - low, count: ticks)
    return Scale(.linear, (low / step).rounded(.down) * step...(high / step).rounded(.up) * step)
  }

  /// Decades that have all of `values`, which are above 0.
  package static func decades(_ values: some Sequence<Double>) -> Scale {
    let logs = values.filter { $0 > 0 && $0.isFinite }.map(log10)
    let low = (logs.min() ?? 0).rounded(.down)
    return Scale(.logarithmic, pow(10, low)...pow(10, max(low + 1, (logs.max() ?? 1).rounded(.up))))
  }

  package func ticks(_ count: Int = 5) -> [Double] {
    switch kind {
    case .linear: Ticks.linear(in: domain, count: count)
    case .logarithmic: Ticks.decades(in: domain)
    }
  }
}

/// Round values on an axis.
package enum Ticks {
  /// 1, 2 or 5 times a power of ten, so that about `count` of them fit into `span`.
  package static func step(for span: Double, count: Int) -> Double {
    guard span > 0, span.isFinite else { return 1 }
    let raw = span / Double(max(1, count))
    let power = pow(10, floor(log10(raw)))
    let factor = [1.0, 2, 5, 10].first { raw <= $0 * power * (1 + 1e-9) } ?? 10
    return factor * power
  }

  package static func linear(in domain: ClosedRange<Double>, count: Int) -> [Double] {
    let step = step(for: domain.upperBound - domain.lowerBound, count: count)
    let slack = 1e-9 * step
    let first = ((domain.lowerBound - slack) / step).rounded(.up)
    let last = ((domain.upperBound + slack) / step).rounded(.down)
    guard first <= last, last - first < 1000 else { return [] }
    return stride(from: first, through: last, by: 1).map { $0 * step }
  }

  package static func decades(in domain: ClosedRange<Double>) -> [Double] {
    let first = (log10(domain.lowerBound) - 1e-9).rounded(.up)
    let last = (log10(domain.upperBound) + 1e-9).rounded(.down)
    return first <= last ? stride(from: first, through: last, by: 1).map { pow(10, $0) } : []
  }

  /// Labels with as many decimals as the closest two of them need, at most six.
  package static func labels(_ ticks: [Double]) -> [String] {
    let gaps = zip(ticks, ticks.dropFirst()).map { abs($1 - $0) }.filter { $0 > 0 }
    let finest = gaps.min() ?? 1
    let decimals = finest >= 1 ? 0 : min(6, Int((-log10(finest) - 1e-9).rounded(.up)))
    return ticks.map { tick in
      let text = String(format: "%.\(decimals)f", tick)
      return text.hasPrefix("-") ? (Double(text) == 0 ? String(text.dropFirst()) : "−" + text.dropFirst()) : text
    }
  }
}
