import Diagnostics
import ExpertCache
import RoutingTrace

/// The rooms for experts that are tried on a trace, one after another: those asked for by every rule, and some by the
/// best.
struct CacheRooms {
  private var surveyors: [CacheSurveyor]
  private var best: MinimumRooms
  private var counter: NeedCounter
  private var sequences = SequenceTurns()
  private let header: TraceHeader

  /// - Parameter capacities: experts of any layer that fit.
  /// - Throws: `InputError` (usage) for room that holds less than one token's experts of a layer, or more than all.
  init(_ header: TraceHeader, capacities: [Int]) throws(InputError) {
    let all = header.layers * header.experts
    for capacity in capacities {
      if capacity < header.topK ?? 1 {
        throw InputError(
          "room for \(capacity) experts, but a token visits \(header.topK ?? 1) of a layer", in: "--resident",
          status: .usage)
      }
      if capacity > all {
        throw InputError("room for \(capacity) experts, but there are \(all)", in: "--resident", status: .usage)
      }
    }
    self.header = header
    surveyors = capacities.map { CacheSurveyor(layers: header.layers, experts: header.experts, capacity: $0) }
    best = MinimumRooms(header)
    counter = NeedCounter(experts: header.experts)
  }

  mutating func add(_ step: RoutingStep) {
    let needs = (0..<header.layers).map { need(ofLayer: $0, in: step) }
    best.add(needs)
    guard !surveyors.isEmpty else { return }
    let isNew = sequences.begin(step.sequences)
    for index in surveyors.indices { surveyors[index].add(needs, isNewSequence: isNew) }
  }

  private mutating func need(ofLayer layer: Int, in step: RoutingStep) -> LayerNeed {
    switch header.content {
    case .tokens:
      return counter.need(layer: layer, visits: step.visits(ofLayer: layer, of: header.layers).span)
    case .counts:
      let counts = step.counts[layer * header.experts..<(layer + 1) * header.experts]
      let needed = counts.enumerated().filter { $0.element > 0 }
      return LayerNeed(layer: layer, experts: needed.map(\.offset), visits: needed.map { Int($0.element) })
    }
  }

  var minimumHits: [MinimumHits] { best.hits }

  var surveys: [CacheSurvey] { surveyors.map(\.survey) }

  var notes: [String] {
    guard !surveyors.isEmpty, !sequences.areTold else { return [] }
    return ["The trace does not tell sequences apart: to activation-aware all its tokens are one."]
  }
}
