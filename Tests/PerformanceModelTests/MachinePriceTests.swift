import Diagnostics
import PerformanceModel
import Testing

/// Dollars and joules of a token, by the prices that a cluster's file states.
@Suite struct MachinePriceTests {
  private static func price(_ section: String) throws -> MachinePrice? {
    try ClusterTests.cluster(
      """
      name: priced
      ranksPerNode: 8
      allToAll: port
      scaleUp: {bandwidth: 100 GB/s}
      gpu: {memory: 80 GB, hbm: 3 TB/s, bf16: 900 TFLOP/s}
      cost: {\(section)}
      """
    ).price
  }

  private static let hourly = MachinePrice(.hourly(2))

  /// DeepSeek's day of inference, its open-infra-index, day 6: 226.75 nodes of 8 H800 at $2 an hour.
  @Test func `DeepSeek's day costs what they say`() throws {
    let (nodes, day) = (226.75, 86_400.0)
    func cost(tokens: Double) -> ServingCost {
      Self.hourly.cost(tokensPerSecond: tokens / day, gpus: nodes * 8, nodes: nodes, utilisation: 1)
    }
    #expect((cost(tokens: 168e9).perMillionTokens * 168e3).rounded() == 87_072)
    #expect((cost(tokens: 168e9).perMillionTokens * 1000).rounded() == 518)
    #expect((cost(tokens: 776e9).perMillionTokens * 10_000).rounded() == 1122)
  }

  @Test(arguments: [(14_800.0, 3003.0), (73_700, 603)])
  func `a node of theirs at $16 an hour`(tokensPerSecond: Double, dollars: Double) {
    let cost = Self.hourly.cost(tokensPerSecond: tokensPerSecond, gpus: 8, nodes: 1, utilisation: 0.3)
    #expect((cost.perMillionTokens * 10_000).rounded() == dollars)
    #expect(abs(cost.tokensPerSecondPerDollar - tokensPerSecond / 16) < 1e-6)
    #expect(cost.joulesPerToken == nil && cost.electricityPerMillionTokens == nil)
  }

  @Test func `power over throughput is energy, and energy costs what a kilowatt-hour costs`() throws {
    let price = try #require(try Self.price("pricePerGPUHour: 2, wattsPerGPU: 700, pricePerKWh: 0.15"))
    let cost = price.cost(tokensPerSecond: 14_800, gpus: 8, nodes: 1, utilisation: 0.1)
    let joules = try #require(cost.joulesPerToken)
    let electricity = try #require(cost.electricityPerMillionTokens)
    #expect((joules * 1000).rounded() == 378)
    let kilowattHours = electricity / 0.15
    #expect((kilowattHours * 1000).rounded() == 105)
    // Who rents has paid for it.
    #expect((cost.perMillionTokens * 10_000).rounded() == 3003)
  }

  @Test func `who buys pays the price over the years, and electricity`() throws {
    let price = try #require(
      try Self.price("pricePerGPU: 38000, years: 4, wattsPerGPU: 700, wattsPerNode: 3000, pricePerKWh: 0.15"))
    let cost = price.cost(tokensPerSecond: 1000, gpus: 16, nodes: 2, utilisation: 0.5)
    let joules = (16 * 700 + 2 * 3000) / 1000.0
    let electricity = joules / 3.6e6 * 0.15 * 1e6
    let hardware = 16 * 38_000 / (4 * 8760.0) / 3600 / 1000 * 1e6
    #expect(cost.joulesPerToken == joules)
    #expect(abs(try #require(cost.electricityPerMillionTokens) - electricity) < 1e-12)
    #expect(abs(cost.perMillionTokens - hardware - electricity) < 1e-12)
  }

  /// WaferLLM (arXiv 2502.04563): a matrix times a vector, 606 times as fast on a wafer of 15 kW as on an A100 of 400
  /// W, is said to take 16.17 times less energy.
  @Test func `the energy of WaferLLM's wafer is what it says`() throws {
    func joules(watts: Double, operationsPerSecond: Double) throws -> Double {
      let price = MachinePrice(.hourly(1), power: .init(gpu: watts))
      return try #require(
        price.cost(tokensPerSecond: operationsPerSecond, gpus: 1, nodes: 1, utilisation: 1).joulesPerToken)
    }
    let ratio = try joules(watts: 400, operationsPerSecond: 1) / joules(watts: 15_000, operationsPerSecond: 606)
    #expect(abs(ratio / 16.17 - 1) < 0.001)
  }

  @Test func `idle power is a line between two points`() throws {
    let price = try #require(try Self.price("pricePerGPUHour: 2, wattsPerGPU: 700, idleWatts: 100"))
    for (utilisation, watts) in [(0, 100), (0.5, 400), (1, 700), (1.5, 700)] as [(Double, Double)] {
      let cost = price.cost(tokensPerSecond: 10, gpus: 1, nodes: 1, utilisation: utilisation)
      #expect(cost.joulesPerToken == watts / 10)
    }
  }

  @Test(arguments: [
    "pricePerGPUHour: 2", "pricePerGPUHour: 2, wattsPerGPU: 700, idleWatts: 100, wattsPerNode: 50, pricePerKWh: 0.1",
    "pricePerGPU: 9, years: 1, wattsPerGPU: 700, pricePerKWh: 0.1",
  ])
  func `twice the tokens a second are half the cost and the energy`(section: String) throws {
    let price = try #require(try Self.price(section))
    let slow = price.cost(tokensPerSecond: 123, gpus: 8, nodes: 1, utilisation: 0.4)
    let fast = price.cost(tokensPerSecond: 246, gpus: 8, nodes: 1, utilisation: 0.4)
    #expect(abs(fast.perMillionTokens * 2 - slow.perMillionTokens) < 1e-12)
    #expect(abs((fast.joulesPerToken ?? 0) * 2 - (slow.joulesPerToken ?? 0)) < 1e-12)
    #expect(abs(fast.tokensPerSecondPerDollar - slow.tokensPerSecondPerDollar * 2) < 1e-9)
  }

  @Test(arguments: [
    ("pricePerGPUHour: 2, pricePerGPU: 9, years: 1", "cost.pricePerGPU: given together with pricePerGPUHour; keep one"),
    ("pricePerGPUHour: 0", "cost.pricePerGPUHour: 0.0 is outside"), ("pricePerGPU: 9", "cost.years: missing"),
    ("pricePerGPU: 9, years: 1, wattsPerGPU: 1", "cost.pricePerKWh: missing"),
    ("pricePerGPU: 9, years: 1, pricePerKWh: 1", "cost.wattsPerGPU: missing"),
    ("pricePerGPUHour: 2, years: 3", "cost.years: given together with pricePerGPUHour"),
    ("pricePerGPUHour: 2, pricePerKWh: 1", "cost.pricePerKWh: a price of power without wattsPerGPU"),
    ("pricePerGPUHour: 2, wattsPerNode: 1", "cost.wattsPerNode: given without wattsPerGPU"),
    ("pricePerGPUHour: 2, wattsPerGPU: 7, idleWatts: 8", "cost.idleWatts: above wattsPerGPU"),
    ("pricePerKWh: 2, wattsPerGPU: 7", "cost: expected pricePerGPUHour, or pricePerGPU and years"),
    ("pricePerGpuHour: 2", "did you mean 'pricePerGPUHour'?"),
  ])
  func `mistakes are one line`(section: String, message: String) throws {
    let error = #expect(throws: InputError.self) { try Self.price(section) }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
  }

  @Test func `GPUs that are not described have no price`() throws {
    let text = """
      name: x
      ranksPerNode: 8
      allToAll: port
      scaleUp: {bandwidth: 1 GB/s}
      cost: {pricePerGPUHour: 2}
      """
    let error = #expect(throws: InputError.self) { try ClusterTests.cluster(text) }
    #expect(error?.description.contains("cost: the price of GPUs without a gpu") == true)
  }
}
