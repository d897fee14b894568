import ExpertCache
import Testing

@Suite struct NeedCounterTests {
  @Test func `experts come once, in the order of the router`() {
    var counter = NeedCounter(experts: 8)
    let (visits, none): ([UInt16], [UInt16]) = ([5, 2, 5, 7, 2, 5], [])
    for layer in 0..<3 {
      let need = counter.need(layer: layer, visits: visits.span)
      #expect(need == LayerNeed(layer: layer, experts: [5, 2, 7], visits: [3, 2, 1]))
    }
    #expect(counter.need(layer: 0, visits: none.span) == LayerNeed(layer: 0, experts: [], visits: []))
  }

  @Test func `ranks need what their slots hold, an expert of two slots of a rank once`() {
    var counter = NeedCounter(experts: 6)
    let experts = [4, 1, 4, 0, 1, 2, 3, 3, 5]
    let slots: [UInt16] = [5, 2, 1, 0, 2, 4, 5, 1, 0]
    for layer in 0..<2 {
      let needs = counter.needs(layer: layer, slots: slots.span, slotsPerRank: 3, experts: experts)
      #expect(
        needs == [
          LayerNeed(layer: layer, experts: [4, 1], visits: [4, 2]),
          LayerNeed(layer: layer, experts: [2, 1], visits: [2, 1]), LayerNeed(layer: layer, experts: [], visits: []),
        ])
    }
  }

  @Test func `what ranks share is needed once`() {
    let needs = [
      LayerNeed(layer: 2, experts: [5, 1], visits: [2, 1]), LayerNeed(layer: 2, experts: [], visits: []),
      LayerNeed(layer: 2, experts: [7, 5], visits: [1, 4]),
    ]
    #expect(LayerNeed(joining: needs) == LayerNeed(layer: 2, experts: [5, 1, 7], visits: [6, 1, 1]))
  }

  @Test func `a sequence goes on while any of its tokens do`() {
    var turns = SequenceTurns()
    #expect([[1, 2], [2], [3], [3, 4]].map { turns.begin($0) } == [true, false, true, false])
    #expect(turns.areTold)
    #expect([nil, nil].map { turns.begin($0) } == [true, false])
    #expect(!turns.areTold)
  }
}
