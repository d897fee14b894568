import Diagnostics
import PerformanceModel
import RoutingTrace

/// The document's parameters with their ranges checked.
struct PacketParameters {
  let layers: Int
  let experts: Int
  let tokens: Int
  let topK: Int
  let hotRatio: Double
  let hotWeight: Double
  let nodes: Int
  /// Bytes for each expert of a token.
  let copyBytes: Double
  let links: Int
  /// Milliseconds.
  let baseDelay: Double
  let initialDelay: Double
  let preparation: Double
  /// Bytes per millisecond.
  let bandwidth: Double
  /// Bytes.
  let packetSize: Double
  let nicRate: Double
  let packetsPerTurn: Int
  /// What the program reads and uses nowhere; nil where the file has none.
  let hidden: Double?
  let interBandwidth: Double?
  let parallelization: Double?

  init(_ file: ParameterFile) throws(InputError) {
    layers = try file.number("NUM_LAYERS") == nil ? 1 : file.whole("NUM_LAYERS", in: 1...TraceHeader.maximumLayers)
    experts = try file.whole("NUM_EXPERTS", in: 1...TraceHeader.maximumExperts)
    tokens = try file.whole("SEQLEN", in: 1...Batching.maximumTokens)
    topK = try file.whole("TOP_K", in: 1...TraceHeader.maximumTopK)
    hotRatio = try file.number("HOT_RATIO", in: 0...1)
    hotWeight = try file.number("HOT_WEIGHT", in: 0...1)
    nodes = try file.whole("NUM_NODES", in: 1...Cluster.maximumRanks)
    links = try file.whole("NUM_LINKS", in: 1...1024)
    baseDelay = try file.number("BASE_DELAY", in: 0...1e9)
    initialDelay = try file.number("INITIAL_CPU_DELAY", in: 0...1e9)
    preparation = try file.number("PACKET_PREP_DELAY", in: 0...1e9)
    bandwidth = try file.number("INTRA_BW", in: 1e-3...1e15)
    packetSize = try file.number("PACKET_SIZE", in: 1e-3...1e18)
    nicRate = try file.number("NIC_RATE", in: 1e-3...1e18)
    packetsPerTurn = try file.whole("ROUND_ROBIN_MAX_PACKETS", in: 1...1_000_000)
    copyBytes = try Self.copyBytes(file)
    hidden = try file.optional("EMBED_DIM", in: 1...1_048_576)
    interBandwidth = try file.optional("INTER_BW", in: 1e-3...1e15)
    parallelization = try file.optional("PARALLELIZATION_MULTIPLIER", in: 1...1000)

    guard experts >= topK else {
      throw file.error("\(experts) experts, fewer than the \(topK) of TOP_K", at: "NUM_EXPERTS")
    }
    guard experts % nodes == 0 else {
      throw file.error("\(experts) experts do not divide over \(nodes) nodes (NUM_NODES)", at: "NUM_EXPERTS")
    }
    guard packetSize <= bandwidth else {
      throw file.error("\(plain(packetSize)) B are more than a link carries in a round (INTRA_BW)", at: "PACKET_SIZE")
    }
    let derived = [
      ("NUM_HOT_EXPERTS", Double(Int(hotRatio * Double(experts)))), ("NUM_EXPERTS_PER_NODE", Double(experts / nodes)),
    ]
    for (name, value) in derived where file.number(name).map({ $0 != value }) == true {
      throw file.error("\(plain(file.number(name) ?? 0)), but the other parameters give \(plain(value))", at: name)
    }
  }

  /// UNIT_COMM_LOAD where it is a number, as in the document's test parameters.
  private static func copyBytes(_ file: ParameterFile) throws(InputError) -> Double {
    if file.number("UNIT_COMM_LOAD") != nil { return try file.number("UNIT_COMM_LOAD", in: 1e-3...1e9) }
    let weight = try file.number("WEIGHT_PRECISION", in: 0...1e6)
    let id = try file.number("ID_PRECISION", in: 0...1e6)
    let routing = try file.number("ROUTING_PRECISION", in: 0...1e6)
    guard weight + 2 * id + routing > 0 else { throw file.error("a token sends nothing", at: "WEIGHT_PRECISION") }
    return weight + 2 * id + routing
  }

  var notes: [String] {
    var notes: [String] = []
    if layers > 1 {
      notes.append("NUM_LAYERS \(layers): the program routes and prices one layer; replay --layers 0:1 does")
    }
    if let hidden { notes.append("EMBED_DIM \(plain(hidden)): in no formula of the program; a comment in the model") }
    if let interBandwidth {
      notes.append("INTER_BW \(plain(interBandwidth)): the program has one cluster of nodes; a comment in the cluster")
    }
    if let parallelization {
      notes.append(
        "PARALLELIZATION_MULTIPLIER \(plain(parallelization)): not implemented in the program; a comment in the cluster"
      )
    }
    return notes
  }
}

extension ParameterFile {
  func number(_ name: String, in range: ClosedRange<Double>) throws(InputError) -> Double {
    let number = try required(name)
    guard range.contains(number) else {
      throw error("\(plain(number)) is outside \(plain(range.lowerBound))…\(plain(range.upperBound))", at: name)
    }
    return number
  }

  func optional(_ name: String, in range: ClosedRange<Double>) throws(InputError) -> Double? {
    number(name) == nil ? nil : try number(name, in: range)
  }
}

/// A number as a person writes it: without `.0`.
func plain(_ number: Double) -> String {
  number == number.rounded() && abs(number) < 1e15 ? String(Int(number)) : String(number)
}
