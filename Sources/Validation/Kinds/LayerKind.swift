extension MeasurementKind {
  /// A whole MoE layer: dispatch, routed experts and combine, in one kernel or summed up.
  public static let layer = MeasurementKind(
    name: "layer", summary: "dispatch, routed experts and combine of one layer; tokens of a rank",
    required: ["phase", "ranks", "tokens"],
    optional: ["intermediate", "dispatch_dtype", "weights_dtype", "slots", "eplb"]
      + (LoadFact.ofRank + LoadFact.ofPorts).map(\.rawValue),
    measured: ["us"], hasTraffic: true, hasExperts: true, tokensArePerRank: true,
    operations: ofPhase
  ) { try $0.layerTime(on: $1).time }
}
