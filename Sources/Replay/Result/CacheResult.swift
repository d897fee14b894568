extension PolicyResult {
  /// What came of having some of the experts at hand, over all ranks.
  public struct Cache: Codable, Equatable, Sendable {
    /// Experts with visits on a rank, over steps, layers and ranks.
    public var accesses: Int
    /// Of these, at hand; and on their way, so that the rest of it was waited for.
    public var hits: Int
    public var lateHits: Int
    /// Hits of accesses.
    public var hitRate: Double
    /// The hits of Belady's rule, which knows what comes and loads on demand alone.
    public var minimumHits: Int
    /// What `hits` lacks of them, of accesses; below 0 for a rule that does not keep all that it loads, or loads ahead.
    public var gap: Double
    /// Bytes from the cluster's storage, and of them those evicted before they were needed.
    public var fetchedBytes: Double
    public var wastedBytes: Double
    /// Microseconds that layers waited for experts, as in `time.stall`.
    public var stallTime: Double
    /// Of accesses, those that hosts computed.
    public var hostComputed: Int
    /// Experts of any layer that a rank has room for.
    public var residentExpertsPerRank: Int
  }
}
