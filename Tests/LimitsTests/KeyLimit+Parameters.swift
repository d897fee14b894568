extension KeyLimit {
  private static let delays = 0...1e9
  private static let rates = 1e-3...1e15
  private static let sizes = 1e-3...1e18

  private static func number(
    _ key: String, in range: ClosedRange<Double>, with others: [String: String] = [:]
  ) -> KeyLimit {
    KeyLimit(.parameters, source, key, in: range, others.merging([key: "$"]) { $1 })
  }

  private static func whole(_ key: String, _ range: ClosedRange<Int>, with others: [String: String] = [:]) -> KeyLimit {
    KeyLimit(.parameters, source, key, range, others.merging([key: "$"]) { $1 })
  }

  /// Bytes of a copy are the weight, two ids and the rest, where the file does not say how many they are.
  private static func precision(_ key: String) -> KeyLimit {
    number(
      key, in: 0...1e6,
      with: ["UNIT_COMM_LOAD": none, "WEIGHT_PRECISION": "1", "ID_PRECISION": "1", "ROUTING_PRECISION": "1"])
  }

  private static let source = "Presets/PacketProgram/PacketParameters.swift"

  static let ofParameters: [KeyLimit] = [
    whole("NUM_LAYERS", 1...4096, with: ["NUM_EXPERTS": "128"]),
    whole("NUM_EXPERTS", 1...65_536, with: ["HOT_WEIGHT": "0"]),
    whole("SEQLEN", 1...1_048_576), whole("TOP_K", 1...1024), number("HOT_RATIO", in: 0...1, with: ["HOT_WEIGHT": "0"]),
    number("HOT_WEIGHT", in: 0...1), whole("NUM_NODES", 1...4096), whole("NUM_LINKS", 1...1024),
    number("BASE_DELAY", in: delays), number("INITIAL_CPU_DELAY", in: delays), number("PACKET_PREP_DELAY", in: delays),
    number("INTRA_BW", in: rates, with: ["PACKET_SIZE": "0.001"]),
    number("PACKET_SIZE", in: sizes).refusedAtMost("more than a link carries"), number("NIC_RATE", in: sizes),
    whole("ROUND_ROBIN_MAX_PACKETS", 1...1_000_000), number("EMBED_DIM", in: 1...1_048_576),
    number("INTER_BW", in: rates), number("PARALLELIZATION_MULTIPLIER", in: 1...1000),
    number("UNIT_COMM_LOAD", in: 1e-3...1e9), precision("WEIGHT_PRECISION"), precision("ID_PRECISION"),
    precision("ROUTING_PRECISION"),
  ]
}
