import Diagnostics

/// The steps of a source, so many consecutive ones made one: a larger batch out of the same recording.
///
/// A merged step has the number of its first. Sources, sequences, weights and vocabulary ids are kept where all of its
/// steps have them; steps of different phases are mixed. The last step may be of fewer.
public final class MergedSteps: StepSource {
  public var header: TraceHeader { source.header }
  public var origin: StepOrigin { source.origin }
  public var notes: [String] { source.notes }
  public var fraction: Double? { source.fraction }
  private let source: any StepSource
  private let count: Int

  /// - Parameter count: steps to merge, 1 or more.
  public init(_ count: Int, of source: any StepSource) {
    precondition(count > 0)
    self.source = source
    self.count = count
  }

  /// - Throws: what the source throws; `InputError` if the tokens of a merged step are more than can be counted.
  public func next() throws -> RoutingStep? {
    var parts: [RoutingStep] = []
    while parts.count < count, let step = try source.next() { parts.append(step) }
    guard let first = parts.first, parts.count > 1 else { return parts.first }
    return RoutingStep(
      number: first.number, phase: parts.allSatisfy { $0.phase == first.phase } ? first.phase : .mixed,
      tokens: try sum(parts.map(\.tokens), step: first.number), experts: layers(of: parts.map(\.experts)),
      weights: all(parts, \.weights).map(layers), sources: all(parts, \.sources).map { Array($0.joined()) },
      sequences: all(parts, \.sequences).map { Array($0.joined()) },
      tokenIDs: all(parts, \.tokenIDs).map { Array($0.joined()) },
      counts: try first.counts.indices.map { place in try sum(parts.map { $0.counts[place] }, step: first.number) },
      hasDropped: parts.contains(where: \.hasDropped))
  }

  /// The parts' values if every part has them.
  private func all<Values>(_ parts: [RoutingStep], _ values: KeyPath<RoutingStep, Values?>) -> [Values]? {
    let present = parts.compactMap { $0[keyPath: values] }
    return present.count == parts.count ? present : nil
  }

  /// Layer-major arrays joined layer by layer.
  private func layers<Element>(of parts: [[Element]]) -> [Element] {
    let layers = header.layers
    var joined: [Element] = []
    joined.reserveCapacity(parts.reduce(0) { $0 + $1.count })
    for layer in 0..<layers {
      for part in parts {
        let size = part.count / layers
        joined += part[layer * size..<(layer + 1) * size]
      }
    }
    return joined
  }

  private func sum<Number: FixedWidthInteger>(_ numbers: [Number], step: Int) throws -> Number {
    try numbers.reduce(0) { sum, number in
      let (next, overflow) = sum.addingReportingOverflow(number)
      guard !overflow else {
        throw InputError("\(count) steps together have more tokens than can be counted", at: .init(step: step))
      }
      return next
    }
  }
}
