/// Every token's visit on the rank that it starts on, as without the key, but each rank's own tokens counted.
public struct HomeSharedExpert: SharedExpertRule {
  public init() {}

  public func assign(_ visits: RoutedVisits, into ranks: inout [UInt32]) { ranks = visits.sources }
}
