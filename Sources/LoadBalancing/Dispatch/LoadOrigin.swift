import Diagnostics

/// Which load a rule that evens out the ranks solves for.
public enum LoadOrigin: String, CaseIterable, Sendable {
  /// The step's own: every rank counts, all add up, and all solve alike before tokens go.
  case step
  /// The last step's: nothing is asked and nothing solved on the way.
  case last
  /// What the predictor expected when a plan was last due.
  case prediction

  /// The option `from` of a rule; the step's own when absent.
  init(settings: Settings) throws(InputError) {
    self = .step
    guard settings.contains("from") else { return }
    self = LoadOrigin(rawValue: try settings.choice("from", of: Self.allCases.map(\.rawValue))) ?? .step
  }

  var shownLoad: ShownLoad {
    switch self {
    case .step: .none
    case .last: .lastStep
    case .prediction: .prediction
    }
  }
}

extension DispatchContext {
  /// `[slots]` the shares that minimise the most loaded rank under the load that is shown; equal while there is none.
  var sharesOfShownLoad: [Double] {
    shownLoad.map { OptimalDispatch.shares(placement: placement, load: $0) } ?? placement.evenShares
  }
}
