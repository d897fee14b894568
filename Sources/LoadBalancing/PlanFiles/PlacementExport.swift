import Diagnostics

/// A placement with the model's layer numbers: what a serving system loads.
public struct PlannedPlacement: Sendable {
  /// `[layers]` the number of each MoE layer in the model, ascending.
  public var layerNumbers: [Int]
  /// Layers of the model, dense ones included.
  public var hiddenLayers: Int
  public var placement: Placement

  /// - Parameter hiddenLayers: up to the last MoE layer when nil.
  public init(layerNumbers: [Int], hiddenLayers: Int? = nil, placement: Placement) {
    precondition(layerNumbers.count == placement.layers.count)
    self.layerNumbers = layerNumbers
    self.hiddenLayers = hiddenLayers ?? (layerNumbers.last ?? -1) + 1
    self.placement = placement
  }
}

/// The formats in which a placement can be written.
public enum PlacementExport {
  private struct Format: Sendable {
    /// Whether layers may differ in their slots.
    var allowsBudgets = false
    var write: @Sendable (PlannedPlacement) throws(InputError) -> String
  }

  private static let formats = Registry<Format>(
    "format",
    [
      .init("deepseek-eplb", "the arrays that DeepSeek's EPLB returns", Format(write: DeepSeekPlan.text)),
      .init("json", "our own plan, with shares", Format(allowsBudgets: true, write: PlanJSON.text)),
      .init("sglang", "SGLang's --init-expert-location", Format(write: SGLangPlan.text)),
      .init("tensorrt-llm", "TensorRT-LLM's load_balancer.yaml", Format(write: TensorRTPlan.text)),
      .init("vllm-ascend", "the expert_map.json of vllm-ascend, MindIE and msit", Format(write: AscendPlan.text)),
    ])

  public static var names: [String] { formats.names }

  /// The file's bytes: its text, or for `deepseek-eplb` the arrays as numpy stores them when `path` ends in `.npz`.
  ///
  /// - Throws: as `text`.
  public static func content(of plan: PlannedPlacement, format: String, path: String) throws(InputError) -> [UInt8] {
    guard format == "deepseek-eplb", path.hasSuffix(".npz") else {
      return Array(try text(of: plan, format: format).utf8)
    }
    try check(plan, allowsBudgets: false)
    return DeepSeekPlan.archive(plan)
  }

  /// The file's text.
  ///
  /// - Throws: `InputError` (usage) for an unknown format, or a placement that the system could not load.
  public static func text(of plan: PlannedPlacement, format: String) throws(InputError) -> String {
    let format = try formats.named(format, option: "--to")
    try check(plan, allowsBudgets: format.allowsBudgets)
    return try format.write(plan)
  }

  private static func check(_ plan: PlannedPlacement, allowsBudgets: Bool) throws(InputError) {
    for (layer, number) in zip(plan.placement.layers, plan.layerNumbers) {
      let place = InputError.Place(layer: number)
      if let expert = (0..<layer.experts).first(where: { layer.slots(ofExpert: $0).isEmpty }) {
        throw InputError("the plan gives expert \(expert) no slot", at: place)
      }
      guard allowsBudgets || layer.slots == plan.placement.layers[0].slots else {
        let wanted = "\(plan.placement.layers[0].slots) as in the first layer"
        throw InputError("\(layer.slots) slots, but this format wants \(wanted); json has a budget for each", at: place)
      }
    }
  }

  /// `[[…], […]]`, one row a line.
  static func rows(_ rows: some Sequence<[some CustomStringConvertible]>) -> String {
    "[\n" + rows.map { "[" + $0.map(\.description).joined(separator: ",") + "]" }.joined(separator: ",\n") + "\n]"
  }
}
