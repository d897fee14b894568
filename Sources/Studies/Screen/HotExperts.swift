import LoadBalancing
import RoutingTrace

/// How persistent the hot experts of a recording are, those with 1.2 times the mean load or more: what any plan from the
/// past rests on.
public struct HotExperts: Codable, Equatable, Sendable {
  /// Steps of a stretch.
  public var stretch: Int
  /// Of the experts that are hot in a stretch or the next, those that are in both; mean over layers and stretches.
  public var stayNext: Double?
  /// The same of the recording's two halves.
  public var stayHalf: Double?
  /// Correlation of the halves' expert loads, mean over layers.
  public var correlation: Double?
  /// Max / mean expert load of the whole recording, mean over layers.
  public var skewness: Double
}

/// Loads of equal stretches of a recording of unknown length: two neighbours become one when there are too many.
struct LoadStretches {
  /// Stretches that are kept, at most, and that are compared.
  static let most = 32
  static let compared = 8
  /// Times the mean that a hot expert has at least, as vllm-ascend has it.
  private static let hot = 1.2

  private(set) var loads: [ExpertLoad] = []
  /// Steps of each stretch but the last, which may be of fewer.
  private(set) var length = 1
  private var inLast = 0
  private let layers: Int
  private let experts: Int

  init(layers: Int, experts: Int) {
    self.layers = layers
    self.experts = experts
  }

  mutating func add(_ step: RoutingStep) {
    if loads.count == Self.most, inLast == length { merge() }
    if loads.isEmpty || inLast == length {
      loads.append(ExpertLoad(zeroFor: layers, experts: experts))
      inLast = 0
    }
    loads[loads.count - 1].add(step)
    inLast += 1
  }

  /// Makes one of every two; a last one without a partner stays as it is.
  private mutating func merge() {
    if loads.count % 2 == 0 { inLast += length }
    loads = stride(from: 0, to: loads.count, by: 2).map { start in
      loads[start..<min(start + 2, loads.count)].dropFirst().reduce(into: loads[start]) { $0 += $1 }
    }
    length *= 2
  }

  /// Stretches that are whole.
  private var whole: ArraySlice<ExpertLoad> { inLast == length ? loads[...] : loads.dropLast() }

  /// The same in no more stretches than are compared.
  private var coarse: LoadStretches {
    var copy = self
    while copy.loads.count > Self.compared { copy.merge() }
    return copy
  }

  var total: ExpertLoad { loads.reduce(into: ExpertLoad(zeroFor: layers, experts: experts)) { $0 += $1 } }

  var hotExperts: HotExperts {
    let coarse = coarse
    let stretches = Array(coarse.whole)
    let next = zip(stretches, stretches.dropFirst()).map { Self.overlap($0, $1) }
    let halves = (stretches.prefix(stretches.count / 2), stretches.suffix(stretches.count / 2))
    let sums = [halves.0, halves.1].map { half in
      half.reduce(into: ExpertLoad(zeroFor: layers, experts: experts)) { $0 += $1 }
    }
    return HotExperts(
      stretch: coarse.length, stayNext: Self.mean(next.compactMap(\.self)),
      stayHalf: stretches.count > 1 ? Self.overlap(sums[0], sums[1]) : nil,
      correlation: stretches.count > 1 ? Self.correlation(sums[0], sums[1]) : nil,
      skewness: TraceSurvey.skewness(of: total))
  }

  /// Mean Jaccard index of the layers' hot experts; nil where no layer has any.
  private static func overlap(_ first: ExpertLoad, _ second: ExpertLoad) -> Double? {
    mean(
      (0..<first.layers).compactMap { layer in
        let (before, after) = (hotExperts(first[layer]), hotExperts(second[layer]))
        let all = before.union(after)
        return all.isEmpty ? nil : Double(before.intersection(after).count) / Double(all.count)
      })
  }

  private static func hotExperts(_ load: ArraySlice<Double>) -> Set<Int> {
    let least = hot * load.reduce(0, +) / Double(max(1, load.count))
    return Set(load.enumerated().filter { $0.element > 0 && $0.element >= least }.map(\.offset))
  }

  /// Pearson's, mean over the layers whose loads vary.
  private static func correlation(_ first: ExpertLoad, _ second: ExpertLoad) -> Double? {
    mean((0..<first.layers).compactMap { correlation(first[$0], second[$0]) })
  }

  private static func correlation(_ a: ArraySlice<Double>, _ b: ArraySlice<Double>) -> Double? {
    let count = Double(a.count)
    let (meanA, meanB) = (a.reduce(0, +) / count, b.reduce(0, +) / count)
    let (squareA, squareB, product) = zip(a, b).reduce(into: (0.0, 0.0, 0.0)) { sums, pair in
      let (x, y) = (pair.0 - meanA, pair.1 - meanB)
      sums.0 += x * x
      sums.1 += y * y
      sums.2 += x * y
    }
    return squareA > 0 && squareB > 0 ? product / (squareA * squareB).squareRoot() : nil
  }

  private static func mean(_ values: [Double]) -> Double? {
    values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
  }
}
