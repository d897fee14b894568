/// The same machines while something else uses their links: what has a bandwidth keeps a fraction of it, latencies stay.
extension Cluster {
  package func leaving(_ fraction: Double) -> Cluster {
    var copy = self
    copy.scaleUp = scaleUp?.leaving(fraction)
    copy.scaleOut = scaleOut?.leaving(fraction)
    copy.sections = sections.leaving(fraction)
    return copy
  }
}

extension Link {
  func leaving(_ fraction: Double) -> Link {
    var copy = self
    copy.dispatchBandwidth *= fraction
    copy.combineBandwidth *= fraction
    copy.small?.bandwidth *= fraction
    return copy
  }
}

extension RoundRobinParameters {
  public func leaving(_ fraction: Double) -> RoundRobinParameters {
    var copy = self
    copy.linkBandwidth *= fraction
    copy.nicRate *= fraction
    copy.clusters?.linkBandwidth *= fraction
    return copy
  }
}

extension FairShareParameters {
  public func leaving(_ fraction: Double) -> FairShareParameters {
    var copy = self
    copy.linkBandwidth = linkBandwidth.map { $0 * fraction }
    copy.edges = edges?.map { Edge(first: $0.first, second: $0.second, bandwidth: $0.bandwidth * fraction) }
    return copy
  }
}
