/// Says what the experts' load will be, from the steps that are over.
public protocol LoadPredictor {
  /// False for a yardstick that looks at steps that are not over.
  var isCausal: Bool { get }
  /// Takes in the measured load of a step that is over.
  mutating func observe(_ load: ExpertLoad)
  /// The load expected of the coming steps, up to scale; nil while nothing is known.
  func predict() -> ExpertLoad?
  /// The loads of the steps that `predict` adds up, one by one, oldest first; empty where only their sum is kept.
  var windows: [ExpertLoad] { get }
  /// Steps over which the load of the past was added up: as many to come are taken to be alike. Zero for a predictor
  /// that tells the steps up to the next plan alone.
  var span: Double { get }
  /// The part of visits that were foreseen on their expert; nil for a predictor of loads alone, or before it was
  /// measured.
  var accuracy: Double? { get }
}

extension LoadPredictor {
  public var accuracy: Double? { nil }
  public var windows: [ExpertLoad] { [] }
  public var span: Double { 0 }
}
