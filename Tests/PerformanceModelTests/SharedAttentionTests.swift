import Foundation
import PerformanceModel
import Testing

/// Attention that groups of ranks share (tensor-parallel).
@Suite struct SharedAttentionTests {
  /// DeepSeek-V3 over 8 ranks: 16 heads each; what compresses queries, keys and values is on every rank, and so are the
  /// values that are kept.
  @Test func sharedLatentAttentionSplitsItsHeads() {
    let attention = AttentionShape(heads: 128, headSize: 128, latent: 512, rotary: 64, queryRank: 1536)
    let part = attention.part(ofRanks: 8)
    let queries = 7168 * 1536 + 1536 * 16 * 192
    let keys = 7168 * 576 + 512 * 16 * 256
    #expect(part.parameters(hidden: 7168) == Double(queries + keys + 16 * 128 * 7168))
    #expect(part.keptValues == 576)
    #expect(part.scoreFlops(isDecode: true) * 8 == attention.scoreFlops(isDecode: true))
  }

  @Test func sharedGroupedAttentionSplitsKeptHeadsAsFarAsThereAreAny() {
    let attention = AttentionShape(heads: 32, headSize: 128, keyValueHeads: 8)
    #expect([1, 2, 8, 16].map { attention.part(ofRanks: $0).keptValues } == [2048, 1024, 256, 256])
    #expect(attention.part(ofRanks: 4).parameters(hidden: 4096) == attention.parameters(hidden: 4096) / 4)
    #expect(attention.part(ofRanks: 3).heads == 11)
  }

  /// Kernels without a launch time, so that a rank's time is its bytes over its memory's rate plus its operations over
  /// its math's.
  @Test(arguments: [true, false]) func sharedAttentionReadsItsPartForTheWholeGroup(isDecode: Bool) throws {
    let model = try ServingModelTests.model()
    let gpu = try #require(ServingModelTests.cluster().gpu)
    let attention = try #require(model.attention)
    let part = attention.part(ofRanks: 4)
    let found = AttentionModel(gpu: gpu, model: model, context: 1000, sharedBy: 4).time(tokens: 16, isDecode: isDecode)
    let parameters = part.parameters(hidden: model.hidden)
    let bytesPerParameter: Double = model.weights == .fp8 ? 1 : 2
    let cached: Double = 64 * (isDecode ? 1000 : 1) * 2 * part.keptValues
    let bytes: Double = parameters * bytesPerParameter + cached
    let flops: Double = 64 * (2 * parameters + 1000 * part.scoreFlops(isDecode: isDecode))
    let rate = gpu.peakRate(for: model.weights == .fp8 ? .fp8 : .bf16)
    let expected: Double = bytes / 3e6 + flops / rate
    #expect(abs(found - expected - (isDecode ? gpu.decodeLaunch : gpu.launch)) < 1e-9 * found)
  }

  @Test func sharedAttentionReadsFewerWeightsAndNoFewerLatentValues() throws {
    var model = try ServingModelTests.model()
    model.attention = AttentionShape(heads: 16, headSize: 64, latent: 512, rotary: 64)
    func estimate(_ ranks: Int) throws -> ServingEstimate {
      let serving = try ServingModel(
        cluster: ServingModelTests.cluster(), model: model, context: 100_000, attentionRanks: ranks)
      return try #require(
        serving.estimate(
          steps: 1, tokens: 64, moeTime: 100, twoBatchTime: 100, touchedExperts: 8, replayedLayers: 2, isDecode: true))
    }
    // Every rank of a group reads the latent values of all of its tokens, where each read its own before.
    #expect(try estimate(4).attentionTime > 3 * estimate(1).attentionTime)
    #expect(try estimate(4).denseTime < estimate(1).denseTime)
  }
}
