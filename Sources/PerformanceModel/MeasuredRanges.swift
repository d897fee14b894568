import Diagnostics

/// Between which sizes a kernel was measured; outside, its prices are extrapolated.
///
/// `{ranks: 8..32, tokens: 1..4096, hidden: 7168}` in a cluster file, any of `MeasuredSize`.
public struct MeasuredRanges: Equatable, Sendable {
  private var ranges: [MeasuredSize: ClosedRange<Int>]

  public init(_ ranges: [MeasuredSize: ClosedRange<Int>] = [:]) { self.ranges = ranges }

  init(settings: Settings) throws(InputError) {
    ranges = [:]
    for size in MeasuredSize.allCases {
      guard let text = try settings.optionalString(size.rawValue) else { continue }
      let ends = text.split(separator: "..", omittingEmptySubsequences: false).map { Int($0) }
      guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1], first >= 1,
        last >= first
      else { throw settings.error("'\(text)', expected a range such as 8..32, or one number", at: size.rawValue) }
      ranges[size] = first...last
    }
    try settings.rejectUnknownKeys()
  }

  /// Sizes that reach beyond what was measured, in the order of `MeasuredSize`.
  ///
  /// - Parameter used: from the least to the most.
  public func exceeded(
    by used: [MeasuredSize: ClosedRange<Int>]
  ) -> [(size: MeasuredSize, measured: ClosedRange<Int>, used: ClosedRange<Int>)] {
    MeasuredSize.allCases.compactMap { size in
      guard let range = ranges[size], let values = used[size],
        values.lowerBound < range.lowerBound || values.upperBound > range.upperBound
      else { return nil }
      return (size, range, values)
    }
  }

  /// Where both were measured.
  func narrowed(to other: MeasuredRanges) -> MeasuredRanges {
    MeasuredRanges(ranges.merging(other.ranges) { $0.clamped(to: $1) })
  }

  /// What `init(settings:)` reads back; nil without a range.
  var text: String? {
    let parts = MeasuredSize.allCases.compactMap { size in
      ranges[size].map { "\(size.rawValue): \($0.count == 1 ? "" : "\($0.lowerBound)..")\($0.upperBound)" }
    }
    return parts.isEmpty ? nil : "{" + parts.joined(separator: ", ") + "}"
  }
}

/// What the measurements of a kernel differ in.
public enum MeasuredSize: String, CaseIterable, Sendable {
  case ranks
  /// That start on a rank in a step.
  case tokens
  /// Width of the hidden state.
  case hidden
  /// Width of an expert.
  case intermediate
  /// Routed experts of a layer.
  case experts
  case topK
}
