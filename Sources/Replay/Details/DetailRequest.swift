import Diagnostics
import RoutingTrace

/// Which details a result is to have.
public struct DetailRequest: Sendable {
  /// Numbers of rank loads that a result tells, over all policies: about 600 kB of a page.
  static let most = 1 << 18

  /// Numbers in the model of layers that are told in any case.
  public var layers: [Int]
  /// Of what the replay was made from.
  public var provenance: ReplayDetails.Provenance?

  /// - Parameter layers: numbers in the model of layers whose loads and placements are told whatever they are. As many
  ///   others are told as there is room for, the most uneven first.
  public init(layers: [Int] = [], provenance: ReplayDetails.Provenance? = nil) {
    self.layers = layers
    self.provenance = provenance
  }

  /// - Throws: `InputError` (usage) for a layer that the trace lacks.
  func check(_ header: TraceHeader) throws(InputError) {
    for layer in layers where !header.layerNumbers.contains(layer) {
      let numbers = header.layerNumbers
      let isRange = numbers.last.map { $0 - (numbers.first ?? 0) + 1 == numbers.count } ?? false
      let known =
        isRange && numbers.count > 2
        ? "\(numbers[0]) to \(numbers[numbers.count - 1])" : numbers.map(String.init).joined(separator: ", ")
      throw InputError("no such layer \(layer) in trace '\(header.name)'; there are \(known)", status: .usage)
    }
  }

  /// Indices in the trace of the layers that are told, ascending.
  ///
  /// - Parameters:
  ///   - numbers: of the trace's layers in the model.
  ///   - unevenness: `[layers]` under the baseline.
  ///   - cells: rank loads of one layer, over all policies.
  func chosen(of numbers: [Int], unevenness: [Double], cells: Int) -> [Int] {
    let wanted = numbers.indices.filter { layers.contains(numbers[$0]) }
    let others = numbers.indices.filter { !layers.contains(numbers[$0]) }
      .sorted { (unevenness[$1], $0) < (unevenness[$0], $1) }
    let room = max(1, Self.most / max(1, cells))
    return (wanted + others.prefix(max(0, room - wanted.count))).sorted()
  }
}
