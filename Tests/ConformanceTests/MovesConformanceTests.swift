import Diagnostics
import Foundation
import LoadBalancing
import Testing

/// `golden/moves.json`: who sends which expert when a placement changes, as serving systems decide it.
@Suite struct MovesConformanceTests {
  struct Known: Decodable {
    /// A changed slot of SGLang's: how it is filled, and the rank that it is filled from.
    struct Slot: Decodable, Equatable {
      var slot: Int
      var how: String
      var source: Int

      init(slot: Int, how: String, source: Int) {
        self.slot = slot
        self.how = how
        self.source = source
      }

      init(from decoder: any Decoder) throws {
        var values = try decoder.unkeyedContainer()
        slot = try values.decode(Int.self)
        how = try values.decode(String.self)
        source = try values.decode(Int.self)
      }
    }

    /// All that one rank sends another.
    struct Flow: Decodable, Equatable {
      var sender: Int
      var receiver: Int
      var experts: [Int]

      init(_ flow: ExpertFlow) {
        sender = flow.sender
        receiver = flow.receiver
        experts = flow.experts
      }

      init(from decoder: any Decoder) throws {
        var values = try decoder.unkeyedContainer()
        sender = try values.decode(Int.self)
        receiver = try values.decode(Int.self)
        experts = try values.decode([Int].self)
      }
    }

    var name: String
    var experts: Int
    var ranks: Int
    var nodes: Int
    var old: [Int]
    var new: [Int]
    var slotsKept: [Int]
    var batches: [[Flow]]
    var sglang: [Slot]
    /// `[expert, from, to]`.
    var ascend: [[Int]]

    var before: LayerPlacement { LayerPlacement(experts: experts, ranks: ranks, physicalToLogical: old) }
    var after: LayerPlacement { LayerPlacement(experts: experts, ranks: ranks, physicalToLogical: new) }

    func fetches(by rule: String) throws -> [ExpertFetch] {
      var senders = try SenderRules.registry.named(rule)()
      return senders.fetches(from: before, to: after, ranksPerNode: ranks / nodes)
    }
  }

  static func cases() throws -> [Known] {
    let cases = try JSONDecoder().decode([Known].self, from: Shared.data("golden/moves.json"))
    #expect(!cases.isEmpty)
    return cases
  }

  @Test func vllmKeepsTheSlotsOfExpertsThatStay() throws {
    for known in try Self.cases() {
      #expect(known.after.keepingSlots(of: known.before).physicalToLogical == known.slotsKept, "\(known.name)")
    }
  }

  @Test func vllmSendsInBatchesOfPairs() throws {
    for known in try Self.cases() {
      let batches = PairBatches.batches(of: try known.fetches(by: "vllm"))
      #expect(batches.map { $0.map(Known.Flow.init) } == known.batches, "\(known.name)")
    }
  }

  @Test func sglangFillsEverySlotFromTheRankItSays() throws {
    for known in try Self.cases() {
      let fetches = try known.fetches(by: "sglang")
      let perRank = known.old.count / known.ranks
      let perNode = known.ranks / known.nodes
      let slots = known.new.indices.filter { known.new[$0] != known.old[$0] }.map { slot in
        let (expert, rank) = (known.new[slot], slot / perRank)
        let first = rank * perRank
        if known.old[first..<first + perRank].contains(expert) {
          return Known.Slot(slot: slot, how: "same-gpu", source: rank)
        }
        if known.new[first..<slot].contains(expert) { return Known.Slot(slot: slot, how: "free-rider", source: rank) }
        let sender = fetches.first { $0.expert == expert && $0.receiver == rank }?.sender ?? -1
        let isNear = sender / perNode == rank / perNode
        return Known.Slot(slot: slot, how: isNear ? "same-node" : "cross-node", source: sender)
      }
      #expect(slots == known.sglang, "\(known.name)")
    }
  }

  @Test func ascendSendsFromOneRank() throws {
    for known in try Self.cases() {
      let moves = try known.fetches(by: "ascend").map { [$0.expert, $0.sender, $0.receiver] }
      let inOrder = moves.sorted { ($0[2], $0[0]) < ($1[2], $1[0]) }
      #expect(inOrder == known.ascend, "\(known.name)")
    }
  }
}
