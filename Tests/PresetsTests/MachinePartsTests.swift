import ExpertReplay
import TestTraces
import Testing

@Suite struct MachinePartsTests {
  private static let kernels = """
    name: fast
    copies: direct
    formats: {fp8: {scaleBlock: 128, metadata: 16 B}, bf16: {metadata: 16 B}}
    gpus:
      g1: {scaleUp: {bandwidth: 200 GB/s, dispatchLatency: 10 us}}
    links:
      nic: {scaleOut: {dispatchLatency: 20 us}}
    """

  /// A folder of parts, and a cluster file of them.
  private static func machine(_ lines: String, kernels: String = kernels) throws -> Machine {
    let folder = try TemporaryFolder()
    try folder.write("name: g1\nmemory: 80 GB\nhbm: 3 TB/s\nbf16: 900 TFLOP/s\n", to: "g1.yaml")
    try folder.write("name: g2\nmemory: 80 GB\nhbm: 3 TB/s\nbf16: 900 TFLOP/s\n", to: "g2.yaml")
    try folder.write(
      "name: nic\nranksPerNode: 8\nscaleOut: {bandwidth: 50 GB/s, combineLatency: 7 us}\n", to: "nic.yaml")
    try folder.write(kernels, to: "fast.yaml")
    let other = kernels.replacing("name: fast", with: "name: slow").replacing("10 us", with: "99 us")
    try folder.write(other.replacing("direct", with: "dedup"), to: "slow.yaml")
    let common = "name: mine\nranks: 16\nallToAll: port\nlinks: ./nic.yaml\n"
    try folder.write(common + lines, to: "mine.yaml")
    return try Machine(named: folder.file("mine.yaml"))
  }

  @Test("Each phase has its kernels' figures for the GPU and the links")
  func phases() throws {
    let machine = try Self.machine("gpu: ./g1.yaml\nkernels: {prefill: ./slow.yaml, decode: ./fast.yaml}\n")
    #expect(machine.prefill.copies == .dedup)
    #expect(machine.decode.copies == .direct)
    #expect(machine.decode.scaleUp?.dispatchLatency.microseconds(ranks: 8) == 10)
    #expect(machine.prefill.scaleUp?.dispatchLatency.microseconds(ranks: 8) == 99)
    #expect(machine.decode.scaleOut?.dispatchBandwidth == 50_000)
    #expect(machine.decode.scaleOut?.dispatchLatency.microseconds(ranks: 16) == 20)
    #expect(machine.decode.scaleOut?.combineLatency.microseconds(ranks: 16) == 7)
    #expect(machine.ranksPerNode == 8)
    #expect(machine.decode.parts == .init(gpu: "g1", links: "nic", kernels: "fast", experts: nil))
    #expect(machine.prefill.parts?.kernels == "slow")
    #expect(machine.decode.gpu?.hbm == 3e6)
  }

  @Test("Links whose figures were measured with another GPU say with which, those with the same one nothing")
  func measuredWith() throws {
    let kernels = Self.kernels.replacing("gpus:\n", with: "gpus:\n  g2: {scaleUp: {bandwidth: 300 GB/s}}\n")
      .replacing("nic: {", with: "nic: {measuredWith: g1, ")
    for (gpu, said) in [("g1", nil), ("g2", "g1")] as [(String, String?)] {
      let machine = try Self.machine("gpu: ./\(gpu).yaml\nkernels: ./fast.yaml\n", kernels: kernels)
      #expect(machine.decode.parts?.linksMeasuredWith == said)
    }
  }

  @Test("What the cluster's file says goes before its parts, and one kernel serves both phases")
  func overrides() throws {
    let machine = try Self.machine(
      "gpu: {part: ./g1.yaml, memory: 96 GB}\nkernels: ./fast.yaml\nscaleUp: {dispatchLatency: 3 us}\n")
    #expect(machine.prefill == machine.decode)
    #expect(machine.prefill.gpu?.memory == 96e9)
    #expect(machine.prefill.scaleUp?.dispatchLatency.microseconds(ranks: 8) == 3)
    #expect(machine.prefill.scaleUp?.dispatchBandwidth == 200_000)
  }

  @Test("A GPU that the kernels have no figures for is refused, naming those that there are")
  func missingPair() throws {
    let error = #expect(throws: InputError.self) { try Self.machine("gpu: ./g2.yaml\nkernels: ./fast.yaml\n") }
    #expect(error?.description.contains("no figures for 'g2'; did you mean 'g1'?; there are g1") == true)
    #expect(error?.description.contains("fast.yaml: line 5") == true)
  }

  @Test("A type that the kernels do not send is refused; theirs weigh what they say")
  func formats() throws {
    let cluster = try Self.machine("gpu: ./g1.yaml\nkernels: ./fast.yaml\n").decode
    var model = try Fixture.model(experts: 16, topK: 2, layers: 1)
    model.sent = SentTypes(dispatch: .fp8, combine: .bf16)
    let hidden = Double(model.hidden)
    let payload = try cluster.payload(of: model)
    let scales = 4 * (hidden / 128).rounded(.up)
    #expect(payload.dispatchBytes == hidden + scales + 16)
    #expect(payload.combineBytes == 2 * hidden + 16)
    model.sent = SentTypes(dispatch: .nvfp4, combine: .bf16)
    let error = #expect(throws: InputError.self) { try cluster.payload(of: model) }
    #expect(error?.message == "sends no nvfp4; it sends bf16, fp8")
  }

  @Test("A part that is none is refused at the line that names it")
  func unknown() throws {
    let error = #expect(throws: InputError.self) { try Self.machine("gpu: h1OO\nkernels: ./fast.yaml\n") }
    #expect(error?.description.contains("mine.yaml: line 5: gpu: 'h1OO': no such entry") == true)
  }
}
