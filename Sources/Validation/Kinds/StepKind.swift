import Diagnostics
import PerformanceModel

extension MeasurementKind {
  /// A whole step of a model, held against the end-to-end estimate: all MoE layers alike, attention and dense layers.
  public static let step = MeasurementKind(
    name: "step", summary: "a whole step of a model; tokens of the whole group",
    required: ["phase", "ranks", "tokens", "model"],
    optional: ["weights_dtype", "slots", "eplb", "context", "attention_tp"] + LoadFact.ofRank.map(\.rawValue),
    measured: ["us"], hasTraffic: true, hasExperts: true, hasSharedExperts: true,
    tokensArePerRank: false,
    operations: ofPhase
  ) { prepared, machine in
    let row = prepared.row
    guard let context = row.context else {
      throw InputError("a step needs context, as a column, above the table or as --context", status: .usage)
    }
    let serving = try ServingModel(
      cluster: machine.cluster, model: row.model, context: context, attentionRanks: row.attentionRanks)
    let layer = try prepared.layerTime(on: machine)
    let estimate = serving.estimate(
      steps: 1, tokens: Double(row.tokens), moeTime: layer.time, twoBatchTime: layer.time,
      touchedExperts: layer.touchedExperts, replayedLayers: 1, isDecode: row.operation == .decode)
    return estimate?.stepTime ?? 0
  }
}
