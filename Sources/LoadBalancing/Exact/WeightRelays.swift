/// Who sends the weights of fetched experts to whom.
///
/// Without relays the rank that an expert is at home on sends it to everybody who fetches it, so that fan-out, not volume,
/// is what limits. With them, as in UltraEP's csrc/kernels/weight_sync.cu (94cab099), an expert with n ≥ 4 fetches has
/// k = ⌊√n⌋ relays, at most 8 and n − 1, where that saves its home two sends or more: n − max(k, ⌈(n − k)/k⌉) ≥ 2. Relays are
/// the ranks that have least to send so far; the others get it from one relay each, then from whoever has least to
/// send. Weights are streamed in chunks, so that a relay adds no time of its own.
struct WeightRelays {
  private var sent: [Int]
  private(set) var fetches: [ExpertFetch] = []

  /// - Parameters:
  ///   - parts: that are not at home, experts ascending.
  init(_ parts: [ExactPart], homeExperts: Int, ranks: Int, relays: Bool) {
    sent = Array(repeating: 0, count: ranks)
    fetches.reserveCapacity(parts.count)
    var first = 0
    while first < parts.count {
      let expert = parts[first].expert
      var end = first
      while end < parts.count, parts[end].expert == expert { end += 1 }
      let receivers = parts[first..<end].map(\.rank)
      let relayCount = relays ? Self.relays(of: receivers.count) : 0
      send(expert, from: expert / homeExperts, to: receivers, relays: relayCount)
      first = end
    }
  }

  /// Relays of an expert that so many ranks fetch; 0 for none.
  static func relays(of fetches: Int) -> Int {
    guard fetches >= 4 else { return 0 }
    let relays = min(Int(Double(fetches).squareRoot()), 8, fetches - 1)
    let children = (fetches - relays + relays - 1) / relays
    return fetches - max(relays, children) >= 2 ? relays : 0
  }

  private mutating func send(_ expert: Int, from home: Int, to receivers: [Int], relays count: Int) {
    guard count > 0 else {
      for receiver in receivers { send(expert, from: home, to: receiver) }
      return
    }
    let ordered = receivers.sorted { (sent[$0], $0) < (sent[$1], $1) }
    let relays = Array(ordered[..<count])
    for relay in relays { send(expert, from: home, to: relay) }
    for (place, leaf) in ordered[count...].sorted().enumerated() {
      let relay =
        place < count ? relays[place] : relays.min { (sent[$0], $0) < (sent[$1], $1) } ?? home
      send(expert, from: relay, to: leaf)
    }
  }

  private mutating func send(_ expert: Int, from sender: Int, to receiver: Int) {
    sent[sender] += 1
    fetches.append(ExpertFetch(expert: expert, sender: sender, receiver: receiver))
  }
}
