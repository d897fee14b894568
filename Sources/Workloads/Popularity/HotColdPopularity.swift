import Diagnostics
import Randomness

/// A share of the experts, chosen at random for each layer, is hot.
///
/// `hotWeight` is that of the MoE routing simulation and performance model document: n = ⌊hotRatio · experts⌋ hot experts
/// are drawn with `hotWeight` together, each with hotWeight / n, and each other with (1 − hotWeight) / (experts − n). A
/// token's experts differ from each other, so that the hot ones' share of the visits is below `hotWeight`. With
/// `hotTimes` a hot expert weighs that much where another weighs 1.
struct HotColdPopularity: ExpertPopularity {
  private enum Weight: Sendable {
    /// HOT_WEIGHT: of all hot experts together, of 1.
    case together(Double)
    /// Of a hot expert, over that of another.
    case times(Double)
  }

  /// HOT_RATIO: share of the experts that are hot.
  private let hotRatio: Double
  private let weight: Weight

  /// - Throws: `InputError` at the key that is missing or outside its range, or where too few experts could be drawn.
  init(_ settings: Settings, shape: WorkloadShape) throws(InputError) {
    hotRatio = try settings.number("hotRatio", in: 0...1)
    if settings.contains("hotTimes") {
      weight = .times(try settings.number("hotTimes", in: 1e-6...1e6))
      guard !settings.contains("hotWeight") else { throw settings.error("hotTimes says it already", at: "hotWeight") }
      return
    }
    weight = .together(try Self.part(settings))
    try checkDrawable(settings, shape: shape)
  }

  private static func part(_ settings: Settings) throws(InputError) -> Double {
    let part = try settings.number("hotWeight", in: -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude)
    guard (0...1).contains(part) else {
      throw settings.error(
        "\(part) is outside 0…1, the hot experts' weight together; hotTimes says how many times as popular one is",
        at: "hotWeight")
    }
    return part
  }

  private func checkDrawable(_ settings: Settings, shape: WorkloadShape) throws(InputError) {
    guard case .together(let part) = weight else { return }
    let (hot, experts) = (hotCount(of: shape.experts), shape.experts)
    guard hot > 0 || part == 0 else {
      throw settings.error("\(hotRatio) of \(experts) experts is none, and none cannot weigh \(part)", at: "hotRatio")
    }
    let drawable = hot == experts ? experts : part == 1 ? hot : part == 0 ? experts - hot : experts
    guard drawable >= shape.topK else {
      throw settings.error("only \(drawable) experts could be drawn, fewer than top-\(shape.topK)", at: "hotWeight")
    }
  }

  private func hotCount(of experts: Int) -> Int { Int(hotRatio * Double(experts)) }

  func hotExperts(shape: WorkloadShape, generator: inout SeededGenerator) -> [Int]? {
    Array(generator.shuffled(0..<shape.experts).prefix(hotCount(of: shape.experts)))
  }

  func weights(shape: WorkloadShape, layer: Int, generator: inout SeededGenerator) -> [Double] {
    let hotExperts = hotExperts(shape: shape, generator: &generator) ?? []
    let hot = hotExperts.count
    let (hotWeight, coldWeight) =
      switch weight {
      case .times(let times): (times, 1.0)
      case .together(let part) where hot < shape.experts:
        (part / Double(max(1, hot)), (1 - part) / Double(shape.experts - hot))
      case .together: (1.0, 1.0)
      }
    var weights = [Double](repeating: coldWeight, count: shape.experts)
    for expert in hotExperts { weights[expert] = hotWeight }
    return weights
  }
}
