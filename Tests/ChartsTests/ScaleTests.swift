import Charts
import Foundation
import Testing

@Suite struct ScaleTests {
  static let ranges: [ClosedRange<Double>] = [
    0...1, 0...0.3, -4...17, 0.99...1.01, 3.2e-7...9.9e-7, -5e9 ... -1e9, 0...123_456_789, 2.8...3.6,
  ]

  @Test(arguments: ranges) func `ticks are 1, 2 or 5 times a power of ten apart, and within the domain`(
    range: ClosedRange<Double>
  ) {
    let ticks = Ticks.linear(in: range, count: 5)
    let gaps = zip(ticks, ticks.dropFirst()).map { $1 - $0 }
    #expect((2...11).contains(ticks.count), "\(ticks)")
    let slack = 1e-6 * (range.upperBound - range.lowerBound)
    for tick in ticks { #expect(tick >= range.lowerBound - slack && tick <= range.upperBound + slack) }
    for gap in gaps {
      let mantissa = gap / pow(10, floor(log10(gap) + 1e-9))
      #expect([1, 2, 5].contains { abs(mantissa - $0) < 1e-6 }, "\(gap)")
    }
  }

  @Test(arguments: ranges) func `a rounded domain has all values, and ends at ticks`(range: ClosedRange<Double>) {
    for fromZero in [false, true] {
      let scale = Scale.rounded([range.lowerBound, range.upperBound], fromZero: fromZero)
      let slack = 1e-9 * abs(range.upperBound)
      #expect(scale.domain.lowerBound <= range.lowerBound + slack)
      #expect(scale.domain.upperBound >= range.upperBound - slack)
      #expect(!fromZero || scale.domain.contains(0))
      let ticks = scale.ticks()
      #expect(abs(scale.place(ticks[0])) < 1e-6 && abs(scale.place(ticks[ticks.count - 1]) - 1) < 1e-6)
    }
  }

  @Test(arguments: ranges) func `labels of ticks differ, and read as their values`(range: ClosedRange<Double>) {
    let ticks = Ticks.linear(in: range, count: 5)
    guard ticks[1] - ticks[0] >= 1e-6 else { return }
    let labels = Ticks.labels(ticks)
    #expect(Set(labels).count == labels.count, "\(labels)")
    for (label, tick) in zip(labels, ticks) {
      let read = Double(label.replacing("−", with: "-")) ?? .nan
      #expect(abs(read - tick) < 0.5 * (ticks[1] - ticks[0]), "\(label) for \(tick)")
    }
  }

  @Test func `decades are evenly far apart`() {
    let scale = Scale.decades([3, 4_000, 70])
    #expect(scale.domain == 1...10_000)
    #expect(scale.ticks() == [1, 10, 100, 1000, 10_000])
    for (place, tick) in scale.ticks().enumerated() { #expect(abs(scale.place(tick) - Double(place) / 4) < 1e-12) }
  }

  @Test func `one value alone, and none, still make an axis`() {
    for values in [[], [0], [7.5], [-3]] as [[Double]] {
      let axis = Axis("time", .time, values, fromZero: false)
      #expect(axis.ticks.count > 1 && axis.scale.domain.lowerBound < axis.scale.domain.upperBound)
      for value in values { #expect((0...1).contains(axis.scale.place(value))) }
    }
  }

  @Test func `an axis has one unit, and its ticks are the data's`() {
    let axis = Axis("time", .time, [0, 4_200], fromZero: true)
    #expect(axis.title == "time [ms]")
    #expect(axis.ticks.map(\.label) == ["0", "1", "2", "3", "4", "5"])
    #expect(axis.ticks.map(\.value) == [0, 1000, 2000, 3000, 4000, 5000])
  }
}
