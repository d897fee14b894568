/// Every token's visit on the rank of its first expert, where its copy goes anyway; on its own rank where it keeps none.
public struct FollowSharedExpert: SharedExpertRule {
  public init() {}

  public func assign(_ visits: RoutedVisits, into ranks: inout [UInt32]) {
    ranks.removeAll(keepingCapacity: true)
    for (token, source) in visits.sources.enumerated() { ranks.append(visits.visited(byToken: token).first ?? source) }
  }
}
