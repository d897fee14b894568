import Diagnostics
import Foundation
import PerformanceModel
import Testing

/// The files that ship in `clusters/` and `models/`.
enum Shipped {
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  static func names(in folder: String, extension suffix: String) -> [String] {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: root.appendingPathComponent(folder).path)) ?? []
    return files.filter { $0.hasSuffix(".\(suffix)") }.map { String($0.dropLast(suffix.count + 1)) }.sorted()
  }

  static func text(_ path: String) throws -> String {
    try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
  }

  static func cluster(_ name: String) throws -> Cluster {
    try Cluster(settings: Settings(parsing: text("clusters/\(name).yaml"), name: name))
  }

  static func model(_ name: String) throws -> ModelShape {
    try ModelShape(settings: Settings(parsing: text("models/\(name).yaml"), name: name))
  }
}

@Suite struct PresetTests {
  @Test("Every model file reads, carries its file's name and says where it is from")
  func models() throws {
    let names = Shipped.names(in: "models", extension: "yaml")
    #expect(names.count >= 16)
    for name in names {
      #expect(try Shipped.model(name).name == name)
      #expect(try Shipped.text("models/\(name).yaml").hasPrefix("# "))
    }
  }

  /// Published by the models' makers, in their cards and reports: parameters in billions, and the vocabulary's size.
  static let published: [(model: String, parameters: Double, vocabulary: Int)] = [
    ("deepseek-v2-lite", 15.7, 102_400), ("deepseek-v3", 671, 129_280), ("glm-4.5", 355, 151_552),
    ("glm-4.5-air", 106, 151_552), ("glm-5.2", 744, 154_880), ("gpt-oss-120b", 116.8, 201_088),
    ("gpt-oss-20b", 20.9, 201_088), ("kimi-k2", 1026, 163_840), ("llama-4-maverick", 400, 202_048),
    ("mixtral-8x22b", 140.6, 32_768), ("mixtral-8x7b", 46.7, 32_000), ("olmoe", 6.9, 50_304),
    ("phi-3.5-moe", 41.9, 32_064), ("qwen3-235b-a22b", 235, 151_936), ("qwen3-30b-a3b", 30.5, 151_936),
  ]

  @Test("A model file's sizes add up to the parameters its maker published", arguments: published)
  func parameters(model name: String, billions: Double, vocabulary: Int) throws {
    let model = try Shipped.model(name)
    let attention = try #require(model.attention)
    let expert = 3 * model.hidden * model.expertIntermediate
    let dense = 3 * model.hidden * (model.denseIntermediate ?? 0)
    let embeddings = 2 * vocabulary * model.hidden
    let sum =
      Double(model.moeLayers * (model.experts + model.sharedExperts) * expert)
      + Double((model.layers - model.moeLayers) * dense + embeddings)
      + Double(model.layers) * attention.parameters(hidden: model.hidden)
    #expect(abs(sum / 1e9 / billions - 1) < 0.02, "\(sum / 1e9) billion")
  }

  @Test("Every model file tells which of its layers are dense")
  func denseLayers() throws {
    let first = ["deepseek-v3": 3, "deepseek-v2-lite": 1, "glm-4.5": 3, "glm-4.5-air": 1, "glm-5.2": 3, "kimi-k2": 1]
    for name in Shipped.names(in: "models", extension: "yaml") where name != "llama-4-maverick" {
      let model = try Shipped.model(name)
      #expect(model.moeLayerNumbers == Array((first[name] ?? 0)..<model.layers), "\(name)")
    }
    #expect(try Shipped.model("llama-4-maverick").moeLayerNumbers == Array(stride(from: 1, to: 48, by: 2)))
  }

  @Test("Published parameters are compared for every model with attention")
  func everyModelIsCompared() throws {
    let names = try Shipped.names(in: "models", extension: "yaml").filter { try Shipped.model($0).attention != nil }
    #expect(names == Self.published.map(\.model).sorted())
  }
}
