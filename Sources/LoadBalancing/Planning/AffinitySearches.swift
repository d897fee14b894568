import Diagnostics
import Parallelism

/// What the search for a placement of `AffinityPlanner` goes by.
struct AffinityQuestion: Equatable, Sendable {
  private let load: ExpertLoad
  private let shape: PlacementShape
  private let current: Placement
  private let coactivation: Coactivation
  private let price: PlacementPrice.Figures
  /// `[layers]`.
  private let numbers: [LayerPrice.Numbers]
  private let movesHavePrice: Bool

  init(
    _ context: PlanningContext, _ coactivation: Coactivation, _ price: PlacementPrice, _ numbers: [LayerPrice.Numbers]
  ) {
    (load, shape, current) = (context.load, context.shape, context.current)
    (self.coactivation, self.price, self.numbers) = (coactivation, price.figures, numbers)
    movesHavePrice = context.moves != nil
  }
}

/// The searches of policies that differ in when they plan, and for how long: where they go by the same, one search does
/// for all of them.
package final class AffinitySearches: Sendable {
  private typealias Search = (question: AffinityQuestion, layers: SharedMap<AffinityPlanner.Layer>)

  /// Questions that are kept.
  private static let mostKept = 4

  private let searches = Guarded<[Search]>([])

  package init() {}

  /// The search that was begun for the question; this one when there is none.
  func layers(
    of question: AffinityQuestion, _ search: SharedMap<AffinityPlanner.Layer>
  ) -> SharedMap<AffinityPlanner.Layer> {
    searches.withLock { searches in
      if let known = searches.first(where: { $0.question == question }) { return known.layers }
      searches.append((question, search))
      if searches.count > Self.mostKept { searches.removeFirst() }
      return search
    }
  }
}
