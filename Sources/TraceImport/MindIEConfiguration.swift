import Containers
import Diagnostics
import Files
import Foundation
import RoutingTrace

/// What MindIE's `model_gen_config.json` says of the counts beside it.
struct MindIEConfiguration {
  private(set) var layers: Int?
  private(set) var experts: Int?
  private(set) var topK: Int?
  /// The first ranks, which hold shared experts only.
  private(set) var sharedExpertRanks = 0
  /// The expert of every slot of the ranks with routed experts, by layer.
  private(set) var map: [[Int]]?

  /// - Returns: nil when the folder has no such file.
  /// - Throws: `InputError`: not JSON, numbers out of range, or a map that is not there.
  init?(besides folder: String) throws(InputError) {
    let path = "\(folder)/model_gen_config.json"
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    var mapPath = ""
    var enablesShared = true
    let bytes = try readWhole(path)
    var read = (layers: Int?.none, experts: Int?.none, topK: Int?.none, shared: 0)
    try attributing(path) { () throws(InputError) in
      var scanner = JSONScanner(bytes, countsLines: true)
      try scanner.object { scanner, key throws(InputError) in
        switch key {
        case "num_moe_layers": read.layers = try Self.number(&scanner, upTo: TraceHeader.maximumLayers)
        case "num_of_experts": read.experts = try Self.number(&scanner, upTo: TraceHeader.maximumExperts)
        // Both spellings occur.
        case "num_of_selected_expert", "num_of_selected_experts":
          try scanner.array { scanner throws(InputError) in
            read.topK = try Self.number(&scanner, upTo: TraceHeader.maximumTopK)
          }
        case "num_dangling_shared_experts": read.shared = try Self.number(&scanner, from: 0, upTo: 4096)
        case "enable_dangling_shared_expert":
          enablesShared = scanner.peek() == UInt8(ascii: "t")
          try scanner.skipValue()
        case "eplb_expert_map_file" where scanner.peek() == UInt8(ascii: "\""): mapPath = try scanner.string()
        default: try scanner.skipValue()
        }
      }
      try scanner.end()
    }
    (layers, experts, topK) = (read.layers, read.experts, read.topK)
    sharedExpertRanks = enablesShared ? read.shared : 0
    guard !mapPath.isEmpty else { return }
    let name = mapPath.split(separator: "/").last.map(String.init) ?? mapPath
    guard let found = [mapPath, "\(folder)/\(name)"].first(where: { FileManager.default.fileExists(atPath: $0) }) else {
      throw InputError(
        "eplb_expert_map_file '\(mapPath)' says what the slots are, and is not there: put \(name) beside it", in: path)
    }
    map = try ExpertMap.slots(of: found, without: sharedExpertRanks)
  }

  private static func number(
    _ scanner: inout JSONScanner, from least: Int = 1, upTo most: Int
  ) throws(InputError) -> Int {
    let number: Int = try scanner.integer()
    guard (least...most).contains(number) else { throw scanner.failure("\(number), expected \(least)…\(most)") }
    return number
  }
}

/// The map of experts that vllm-ascend and MindIE load: `layer_list[].device_list[].device_expert`.
enum ExpertMap {
  /// The expert of every slot, by layer, devices in order.
  ///
  /// - Parameter devices: the first ones to leave out.
  static func slots(of path: String, without devices: Int) throws(InputError) -> [[Int]] {
    let bytes = try readWhole(path)
    var layers: [[Int]] = []
    try attributing(path) { () throws(InputError) in
      var scanner = JSONScanner(bytes, countsLines: true)
      try scanner.object { scanner, key throws(InputError) in
        guard key == "layer_list" else { return try scanner.skipValue() }
        try scanner.array { scanner throws(InputError) in
          guard layers.count < TraceHeader.maximumLayers else { throw scanner.failure("too many layers") }
          layers.append(try layer(&scanner, without: devices))
        }
      }
      try scanner.end()
      guard !layers.isEmpty else { throw InputError("no 'layer_list'") }
    }
    return layers
  }

  private static func layer(_ scanner: inout JSONScanner, without devices: Int) throws(InputError) -> [Int] {
    var slots: [Int] = []
    var device = 0
    try scanner.object { scanner, key throws(InputError) in
      guard key == "device_list" else { return try scanner.skipValue() }
      try scanner.array { scanner throws(InputError) in
        try scanner.object { scanner, key throws(InputError) in
          guard key == "device_expert", device >= devices else { return try scanner.skipValue() }
          try scanner.array { scanner throws(InputError) in
            let expert: Int = try scanner.integer()
            guard (0..<TraceHeader.maximumExperts).contains(expert), slots.count < TraceHeader.maximumExpertsInAll
            else {
              throw scanner.failure("expert \(expert)")
            }
            slots.append(expert)
          }
        }
        device += 1
      }
    }
    return slots
  }
}
