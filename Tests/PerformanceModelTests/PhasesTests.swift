import Diagnostics
import PerformanceModel
import Presets
import Testing

/// Prefill and decode apart, against published figures and by hand.
@Suite struct PhasesTests {
  /// What DeepSeek published of a day (open-infra-index, day 6): tokens that came in and went out, and what a node of eight
  /// GPUs read and wrote a second.
  private static func day(cached: Double) -> PhaseDemand {
    PhaseDemand(
      input: 608e9 / 86_400, output: 168e9 / 86_400, prefillRate: 73_700, decodeRate: 14_800, cached: cached)
  }

  @Test func `a day of DeepSeek's takes the published number of nodes`() {
    let day = Self.day(cached: 0)
    #expect(abs(day.prefill - 95.48) < 0.005 && abs(day.decode - 131.38) < 0.005)
    #expect(abs(day.total - 226.86) < 0.005)
    #expect(abs(day.total / 226.75 - 1) < 0.001)
  }

  /// The published rate of prefill counts the 56.3 % that came from the cache as read.
  @Test func `what is cached is not taken off a rate that counts it`() {
    let twice = Self.day(cached: 0.563)
    #expect(abs(twice.prefill - 95.48 * 0.437) < 0.005 && twice.decode == Self.day(cached: 0).decode)
    #expect(abs(twice.total / 226.75 - 1) > 0.2)
    // A rate that counts what is computed alone says the same as the published one, with the cache taken off once.
    let computed = PhaseDemand(
      input: 608e9 / 86_400, output: 168e9 / 86_400, prefillRate: 73_700 * 0.437, decodeRate: 14_800, cached: 0.563)
    #expect(abs(computed.total / Self.day(cached: 0).total - 1) < 1e-12)
  }

  @Test(arguments: [("deepseek-v3", 70_272.0), ("gpt-oss-20b", 49_152), ("mixtral-8x7b", 131_072)])
  func `a token keeps so many bytes`(model: String, bytes: Double) throws {
    let transfer = try KVTransfer(of: ModelShape(named: model), tokens: 1)
    #expect(transfer.bytes == bytes)
  }

  @Test func `a prompt of DeepSeek-V3 takes milliseconds over a NIC`() throws {
    let model = try ModelShape(named: "deepseek-v3")
    let short = try KVTransfer(of: model, tokens: 4096)
    #expect(abs(short.bytes / 287.8e6 - 1) < 0.0005)
    #expect(abs(short.time(bandwidth: 45_000) / 6400 - 1) < 0.001)
    let long = try KVTransfer(of: model, tokens: 16_384)
    #expect(abs(long.time(bandwidth: 45_000) / 25_600 - 1) < 0.001)
  }

  @Test func `what prefill does not hide is one layer, or what the link is slower by`() throws {
    let transfer = try KVTransfer(of: ModelShape(named: "deepseek-v3"), tokens: 4096)
    #expect(transfer.layers == 61)
    #expect(transfer.exposed(time: 6100, prefill: 100_000) == 100)
    #expect(transfer.exposed(time: 6100, prefill: 6000) == 100)
    #expect(transfer.exposed(time: 6100, prefill: 2100) == 4000)
    // More bandwidth never exposes more.
    let exposed = [1e3, 1e4, 4.5e4, 9e4, 1e6].map { transfer.exposed(time: transfer.time(bandwidth: $0), prefill: 9e3) }
    #expect(exposed == exposed.sorted(by: >))
  }

  @Test func `a model without attention has no keys and values to send`() throws {
    let model = try ModelShape(named: "moe-comms")
    let error = #expect(throws: InputError.self) { try KVTransfer(of: model, tokens: 1) }
    #expect("\(error!)" == "model moe-comms: keys and values need attention" && error?.status == .usage)
  }

  @Test func `prompts that keep half of the time busy wait for half of one`() {
    let queue = PromptQueue(service: 0.1e6)
    let rate = 5e-6
    #expect(abs(queue.wait(rate: rate)! - 0.05e6) < 1e-6)
    #expect(abs(queue.service + queue.wait(rate: rate)! - 0.15e6) < 1e-6)
    #expect(queue.wait(rate: 0) == 0)
  }

  @Test func `prompts that come faster than they are read wait without end`() {
    let queue = PromptQueue(service: 1024)
    #expect(queue.wait(rate: 1.0 / 1024) == nil && queue.wait(rate: 1) == nil)
    #expect(queue.wait(rate: 0.999 / 1024)! > 500 * 1024 / 1.01)
  }

  @Test(arguments: [0, 1, 77, 1e4, 1e9])
  func `the rate that a wait allows waits so long`(wait: Double) {
    let queue = PromptQueue(service: 250)
    #expect(abs(queue.wait(rate: queue.rate(wait: wait))! - wait) <= 1e-6 * max(1, wait))
    #expect(queue.rate(wait: .infinity) == 1.0 / 250)
  }

  @Test func `a token attends to what stands before it`() {
    let request = RequestShape(input: 4096, output: 256, cached: 0.5)
    #expect(request.computedInput == 2048)
    #expect(request.context(isDecode: true) == 4096 + 128)
    // Tokens 2048 to 4095 of the prompt.
    #expect(request.context(isDecode: false) == 3072)
    #expect(RequestShape(input: 1, output: 1).context(isDecode: false) == 1)
  }
}
