import PerformanceModel
import Testing

@Suite struct MemoryAccountTests {
  /// mistralai/Mixtral-8x7B-v0.1: 46.7 billion parameters, of them 45.1 billion in experts; 32 layers, heads of 128.
  @Test func `Mixtral's experts take 90.2 GB and its attention 2.7`() throws {
    let model = try Shipped.model("mixtral-8x7b")
    let account = MemoryAccount(model: model, slotsPerRank: 8, keptTokens: 1000)
    #expect(account.experts == Double(32 * 8 * 3 * 4096 * 14336 * 2))
    #expect(account.attention == Double(32 * (4096 * 4096 * 2 + 4096 * 1024 * 2) * 2))
    #expect(account.keysAndValues == Double(1000 * 131_072))
    #expect(account.sharedExperts == 0 && account.dense == 0 && account.unknown.isEmpty)
    let parameters = (account.total - Double(1000 * 131_072)) / 2
    // The rest are embeddings and head, 2 · 32,000 · 4096 values, routers and norms.
    #expect(abs(parameters + 2 * 32_000 * 4096 - 46.70e9) < 0.01e9)
  }

  /// deepseek-ai/DeepSeek-V3 has 671 billion parameters without its multi-token prediction (its README).
  @Test func `DeepSeek-V3's parts add up to its parameters`() throws {
    let model = try Shipped.model("deepseek-v3")
    let account = MemoryAccount(model: model, slotsPerRank: 256)
    #expect(account.keysAndValues == nil && account.unknown.isEmpty)
    // Dense layers attend, too.
    let kept = MemoryAccount(model: model, slotsPerRank: 256, keptTokens: 1000).keysAndValues
    #expect(kept == Double(1000 * 61 * (512 + 64) * 2))
    #expect(account.sharedExperts == Double(58 * 3 * 7168 * 2048))
    #expect(account.dense == Double(3 * 3 * 7168 * 18432))
    #expect(abs(account.total + 2 * 129_280 * 7168 - 671e9) < 0.5e9)
    #expect(account.parts.map(\.name) == ["experts", "shared experts", "attention", "dense layers"])
    #expect(account.parts.reduce(0) { $0 + $1.bytes } == account.total)
  }

  @Test func `what a file does not say is named and not counted`() throws {
    var model = try Shipped.model("deepseek-v3")
    model.attention = nil
    model.denseIntermediate = nil
    let account = MemoryAccount(model: model, slotsPerRank: 1, keptTokens: 1000)
    #expect(account.unknown == ["attention", "dense layers"])
    #expect(account.keysAndValues == nil)
    #expect(account.total == Double(2 * 58 * 3 * 7168 * 2048))
  }
}
