extension KeyLimit {
  private static let layers = 1...65_536
  private static let experts = 1...65_536
  private static let widths = 1...1_048_576

  private static func model(
    _ key: String, _ range: ClosedRange<Int>, _ changes: [String: String]
  ) -> KeyLimit {
    KeyLimit(.model, "PerformanceModel/ModelShape.swift", key, range, changes)
  }

  private static func attention(_ key: String, _ range: ClosedRange<Int>, with others: String) -> KeyLimit {
    KeyLimit(
      .model, "PerformanceModel/AttentionShape.swift", "attention.\(key)", range,
      ["attention": "{\(others)\(key): $}"])
  }

  static let ofModels: [KeyLimit] = [
    model("layers", layers, ["layers": "$"]),
    model("moeLayers", layers, ["layers": "65536", "moeLayers": "$"]),
    model("firstMoELayer", 0...65_535, ["layers": "65536", "moeLayers": "1", "firstMoELayer": "$"]),
    model("moeLayerInterval", layers, ["moeLayers": "1", "moeLayerInterval": "$"]),
    model("experts", experts, ["experts": "$"]),
    model("sharedExperts", 0...1024, ["sharedExperts": "$"]),
    model("topK", 1...1024, ["experts": "1024", "topK": "$"]),
    model("groups", experts, ["experts": "65536", "groups": "$"]),
    model("groupsPerToken", experts, ["experts": "65536", "groups": "65536", "groupsPerToken": "$"]),
    model("hidden", widths, ["hidden": "$"]),
    model("expertIntermediate", widths, ["expertIntermediate": "$"]),
    model("denseIntermediate", widths, ["denseIntermediate": "$"]),
    KeyLimit(
      .model, "PerformanceModel/CopyFormat.swift", "dispatch.scaleBlock", widths,
      ["dispatch": "{dtype: fp8, scaleBlock: $}"]),
    attention("heads", 1...65_536, with: "headSize: 8, "),
    attention("headSize", 1...65_536, with: "heads: 8, "),
    attention("valueSize", 1...65_536, with: "heads: 8, headSize: 8, "),
    attention("keyValueHeads", 1...65_536, with: "heads: 8, headSize: 8, "),
    attention("latent", 1...65_536, with: "heads: 8, headSize: 8, "),
    attention("rotary", 0...65_536, with: "heads: 8, headSize: 8, latent: 8, "),
    attention("queryRank", 1...65_536, with: "heads: 8, headSize: 8, latent: 8, "),
  ]
}
