import Diagnostics
import PerformanceModel
import Presets
import RoutingTrace
import Studies
import Testing

/// Batches of merged steps, against each layer priced by itself.
@Suite struct AccumulateJobTests {
  private static let header = TraceHeader(
    name: "drawn", content: .tokens, layerNumbers: [0, 1], experts: 8, topK: 2, phase: .prefill)

  private static func cluster(ranks: Int = 1, host: String = "bandwidth: 2 GB/s, memoryBandwidth: 9 GB/s") throws
    -> Machine
  {
    try Machine(named: "a100-pcie:ranks=\(ranks),ranksPerNode=\(ranks),storage={host: {\(host)}}")
  }

  private static func model() throws -> ModelShape {
    var model = try ModelShape(named: "mixtral-8x7b")
    model.layers = 3
    model.moeLayers = 2
    model.denseIntermediate = 4096
    return model
  }

  /// Five steps of three tokens.
  private static let steps = (0..<5).map { number in
    RoutingStep(
      number: number, tokens: 3,
      experts: [0, 1, 0, 2, UInt16(number), 7, 3, 4, 3, 5, 3, UInt16(4 + number % 4)].map { $0 })
  }

  private static func run(
    _ machine: Machine, steps: [RoutingStep] = steps, batchSizes: [Int] = [], phase: Phase = .prefill
  ) throws -> Accumulation {
    var header = header
    header.phase = phase
    return try AccumulateJob(
      header: header, machine: machine, model: model(), context: 100, batchSizes: batchSizes
    ) { [header] in StoredSteps(header: header, steps: steps) }.run()
  }

  /// Every choice tried one by one, every batch priced layer by layer.
  @Test(arguments: [Phase.prefill, .decode])
  func `a size's figures are those of its fastest choice`(phase: Phase) throws {
    let machine = try Self.cluster()
    let pass = try AccumulatedPass(
      cluster: machine.cluster(isDecode: phase == .decode), model: Self.model(), context: 100,
      isDecode: phase == .decode)
    let found = try Self.run(machine, phase: phase)
    #expect(found.accumulate.map(\.batchSize) == [1, 2, 5])
    for batch in found.accumulate {
      let batches = stride(from: 0, through: 5 - batch.batchSize, by: batch.batchSize).map { start in
        (0..<2).map { layer in
          Self.steps[start..<start + batch.batchSize].reduce(into: Array(repeating: 0, count: 8)) { counts, step in
            for visit in step.experts[layer * 6..<(layer + 1) * 6] { counts[Int(visit)] += 1 }
          }
        }
      }
      var fastest = Double.infinity
      for power in 0...10 {
        for share in pass.cpuShares {
          let residents = try #require(pass.residents(microBatch: 1 << power))
          var times = ExpertTimes(pass)
          let tokens = Double(3 * batch.batchSize)
          let all = batches.map { layers in
            pass.firstFetch(residents)
              + pass.denseLayer(tokens: tokens, cpuShare: share, residents).longest
              + layers.map { counts in
                // All experts stay here, or none: which ones stay makes no difference.
                let fetched = residents.experts == 8 ? 0 : counts.count { $0 > 0 }
                return pass.moeLayer(
                  fetched: fetched, expertTime: times.time(of: counts, microBatch: 1 << power), tokens: tokens,
                  cpuShare: share, residents
                ).longest
              }.reduce(0, +)
          }
          fastest = min(fastest, all.reduce(0, +) / Double(batches.count))
        }
      }
      #expect(abs(batch.time / fastest - 1) < 1e-12)
      #expect(abs(batch.tokensPerSecond * batch.time / 1e6 / batch.tokens - 1) < 1e-12)
      let visited = batches.flatMap { $0 }.map { Double($0.count { $0 > 0 }) }
      #expect(abs(batch.coverage - visited.reduce(0, +) / Double(visited.count)) < 1e-12)
      #expect(batch.residentExperts == 8 && batch.gpuMemory > 0)
    }
  }

  @Test func `more tokens never make it slower by a token, and skew costs where all experts are visited`() throws {
    let found = try Self.run(Self.cluster())
    #expect(found.accumulate.map(\.tokens) == [3, 6, 15])
    let rates = found.accumulate.map(\.tokensPerSecond)
    #expect(rates == rates.sorted())
  }

  @Test func `sizes beyond the trace are the whole of it, and a note says so`() throws {
    let found = try Self.run(Self.cluster(), batchSizes: [3, 900])
    #expect(found.accumulate.map(\.batchSize) == [3, 5])
    #expect(found.notes.contains { $0.contains("The trace has 5 steps") })
  }

  @Test func `several ranks, two phases and a host that is too small are refused`() throws {
    #expect { try Self.run(Self.cluster(ranks: 2)) } throws: { "\($0)".contains("--ranks 1") }
    var mixed = Self.steps
    mixed[2].phase = .decode
    #expect { try Self.run(Self.cluster(), steps: mixed) } throws: { "\($0)".contains("--phase") }
    let small = try Self.cluster(host: "bandwidth: 2 GB/s, capacity: 1 GB")
    #expect { try Self.run(small) } throws: { "\($0)".contains("storage.host has room for 1") }
  }

  @Test func `batches that the host's memory does not hold are left out`() throws {
    // Weights 6.1 GB; a decoded token keeps 100 tokens × 2048 values × 2 bytes in each of three layers, 1.2 MB.
    let whole = try Self.run(Self.cluster(), phase: .decode)
    let room = whole.accumulate[1].hostMemory / 1e9 + 0.001
    let found = try Self.run(Self.cluster(host: "bandwidth: 2 GB/s, capacity: \(room) GB"), phase: .decode)
    #expect(found.accumulate.map(\.batchSize) == [1, 2])
    #expect(found.notes.contains { $0.contains("larger batches are left out") })
  }
}
