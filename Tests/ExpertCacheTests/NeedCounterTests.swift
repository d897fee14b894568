import ExpertCache
import Testing

@Suite struct NeedCounterTests {
  @Test func `experts come once, in the order of the router`() {
    var counter = NeedCounter(experts: 8)
    for layer in 0..<3 {
      let need = counter.need(layer: layer, visits: [5, 2, 5, 7, 2, 5] as [UInt16])
      #expect(need == LayerNeed(layer: layer, experts: [5, 2, 7], visits: [3, 2, 1]))
    }
    #expect(counter.need(layer: 0, visits: [] as [UInt16]) == LayerNeed(layer: 0, experts: [], visits: []))
  }
}
