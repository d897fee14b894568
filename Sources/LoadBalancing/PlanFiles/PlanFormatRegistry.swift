import Containers
import Diagnostics

/// The systems whose plans are written and read.
public enum PlanFormats {
  public static let registry = Registry<any PlanFormat>(
    "format",
    [
      .init("deepseek-eplb", "the arrays that DeepSeek's EPLB returns, as JSON or .npz", DeepSeekPlan()),
      .init("json", "our own, with shares", PlanJSON()),
      .init("sglang", "SGLang's --init-expert-location", SGLangPlan()),
      .init("tensorrt-llm", "TensorRT-LLM's load_balancer.yaml", TensorRTPlan()),
      .init("vllm-ascend", "the expert_map.json of vllm-ascend, MindIE and msit", AscendPlan()),
    ])

  /// The file's bytes.
  ///
  /// - Parameters:
  ///   - format: a name in the registry.
  ///   - path: of the file; `deepseek-eplb` writes arrays as numpy stores them where it ends in `.npz`.
  /// - Throws: `InputError` (usage) for an unknown format, or a placement that the system could not load.
  public static func content(
    of plan: PlannedPlacement, format: String, path: String = ""
  ) throws(InputError) -> [UInt8] {
    let format = try registry.named(format, option: "--to")
    for (layer, number) in zip(plan.placement.layers, plan.layerNumbers) {
      let place = InputError.Place(layer: number)
      if let expert = (0..<layer.experts).first(where: { layer.slots(ofExpert: $0).isEmpty }) {
        throw InputError("the plan gives expert \(expert) no slot", at: place)
      }
      guard format.allowsBudgets || layer.slots == plan.placement.layers[0].slots else {
        let wanted = "\(plan.placement.layers[0].slots) as in the first layer"
        throw InputError("\(layer.slots) slots, but this format wants \(wanted); json has a budget for each", at: place)
      }
    }
    return try format.content(of: plan, path: path)
  }

  /// The plan in a file of any of these formats, which is known by its content.
  ///
  /// - Parameter name: of the file, for messages.
  /// - Throws: `InputError` that says what was expected of a file that is none of them, or of one that is.
  public static func plan(in content: [UInt8], name: String) throws(InputError) -> WrittenPlan {
    try attributing(name) { () throws(InputError) in
      let marks = try marks(of: content, name: name)
      guard let format = registry.entries.first(where: { marks.contains($0.item.mark) })?.item else {
        let known = registry.entries.map { "\($0.item.mark) (\($0.name))" }.joined(separator: ", ")
        throw InputError("not a plan: expected one of \(known)")
      }
      var plan = try format.plan(in: content)
      plan.name = name
      if !format.allowsBudgets, let row = plan.physicalToLogical.firstIndex(where: { $0.count != plan.slots }) {
        throw InputError("row \(row): \(plan.physicalToLogical[row].count) slots, expected \(plan.slots) as in others")
      }
      return plan
    }
  }

  /// The names at the top of a file: of a zip's arrays, or the keys of JSON or YAML.
  private static func marks(of content: [UInt8], name: String) throws(InputError) -> Set<String> {
    if ZipArchive.isZip(content) {
      return Set(try ZipArchive(content).entries.map { String($0.name.prefix { $0 != "." }) })
    }
    var scanner = JSONScanner(content, countsLines: true)
    if scanner.peek() == UInt8(ascii: "{") {
      var keys: Set<String> = []
      try scanner.object { scanner, key throws(InputError) in
        keys.insert(key)
        try scanner.skipValue()
      }
      try scanner.end()
      return keys
    }
    guard let text = String(validating: content, as: UTF8.self), let yaml = try? Settings(parsing: text, name: name)
    else { return [] }
    return Set(yaml.keys)
  }
}
