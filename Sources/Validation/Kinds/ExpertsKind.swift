extension MeasurementKind {
  /// The expert kernels of a layer on the rank that takes longest.
  public static let experts = MeasurementKind(
    name: "experts", summary: "expert kernels of one layer on the hottest rank; tokens of the whole group",
    required: ["phase", "ranks", "tokens"],
    optional: ["intermediate", "dtype", "slots", "eplb"] + LoadFact.ofRank.map(\.rawValue), measured: ["us"],
    hasTraffic: false, hasExperts: true, tokensArePerRank: false,
    operations: ofPhase
  ) { $0.expertCost(on: $1).time }
}
