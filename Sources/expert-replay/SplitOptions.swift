import ArgumentParser
import ExpertReplay
import Files

/// What is asked of prefill and decode apart.
struct SplitOptions: ParsableArguments {
  @Option(
    help: """
      Tell instead how many of so many GPUs should read prompts and how many write tokens, and how many requests they \
      then serve; needs --input and --output.
      """)
  var split: Int?

  @Option(help: ArgumentHelp("With --split: tokens of a prompt.", valueName: "tokens")) var input: Int?
  @Option(help: ArgumentHelp("With --split: tokens written after it.", valueName: "tokens")) var output: Int?
  @Option(help: "With --split: part of the input that is cached and not read again, such as 0.5.") var cached: Double?
  @Option(help: "With --split: mean time to the first token to keep, such as 2s.") var ttft: String?
  @Option(help: "With --split: mean time of each further token to keep, such as 50ms.") var tpot: String?

  @Option(
    help: "With --split: a recording of prefill, or several, where the trace is of decoding alone.",
    completion: .traces)
  var prefill: [String] = []

  @Option(
    help: "With --split: a cluster for prefill, if another.", completion: .names(in: PresetCatalog.clusters))
  var prefillCluster: String?

  @Option(
    help: "With --split: the policy, a file or a name in policies/. (default: static)",
    completion: .names(in: PresetCatalog.policies))
  var policy: String?

  @Option(
    help: "With --split: prefill's policy, if another.", completion: .names(in: PresetCatalog.policies))
  var prefillPolicy: String?

  func validate() throws {
    try require(split, in: 2...65_536, "--split")
    try require(input, in: 1...RequestShape.maximumTokens, "--input")
    try require(output, in: 1...RequestShape.maximumTokens, "--output")
    try require(cached, in: 0...0.999, "--cached")
    let given = [
      ("--input", input != nil), ("--output", output != nil), ("--cached", cached != nil), ("--ttft", ttft != nil),
      ("--tpot", tpot != nil), ("--prefill", !prefill.isEmpty), ("--prefill-cluster", prefillCluster != nil),
      ("--policy", policy != nil), ("--prefill-policy", prefillPolicy != nil),
    ]
    if split == nil, let option = given.first(where: \.1)?.0 {
      throw ValidationError("\(option) is about prefill and decode apart: give --split, too")
    }
    if split != nil, input == nil || output == nil {
      throw ValidationError("--split needs \(input == nil ? "--input" : "--output"): tokens of a request, on average")
    }
    do throws(InputError) { _ = try targets } catch { throw ValidationError(error.description) }
  }

  var targets: PhaseSplit.Targets {
    get throws(InputError) {
      PhaseSplit.Targets(ttft: try Self.time(ttft, "--ttft"), tpot: try Self.time(tpot, "--tpot"))
    }
  }

  /// Microseconds.
  private static func time(_ text: String?, _ option: String) throws(InputError) -> Double? {
    guard let text else { return nil }
    do throws(InputError) {
      let quantity = try Quantity(text)
      guard quantity.dimension == .time, quantity.value > 0 else {
        throw InputError("'\(text)', expected a time above 0 such as 50ms")
      }
      return quantity.value
    } catch {
      throw InputError(error.message, in: option, status: .usage)
    }
  }

  /// - Parameters:
  ///   - trace: of decoding; of prefill, too, unless another is given.
  ///   - selection: the part of both that is looked at.
  func job(
    _ trace: SelectedTrace, selection: StepSelection, machine options: MachineOptions, allToAll: String?,
    batchSizes: [Int], threads: Int
  ) throws -> PhaseSplitJob? {
    guard let gpus = split, let input, let output else { return nil }
    for path in prefill { try requireReadableAgain(path, "advise reads a trace several times; give it a file") }
    let prompts = prefill.isEmpty ? trace : try SelectedTrace(prefill, selection, threads: threads)
    let header = try trace.open(threads: 1, digesting: false).header
    let model = try options.model.map(ModelShape.init(named:)) ?? ModelShape(fitting: header)
    let machine = try options.machine()
    let policy = policy ?? BalancingPolicy.static.name
    func trial(_ phase: Phase, _ trace: SelectedTrace, _ machine: Machine, _ policy: String) throws -> PhaseTrial {
      try PhaseTrial(
        phase, header: trace.open(threads: 1, digesting: false).header, machine: machine, model: model,
        policy: BalancingPolicy(named: policy), allToAll: allToAll, sources: options.source.chosen
      ) { try trace.open(threads: threads, digesting: false) }
    }
    return PhaseSplitJob(
      prefill: try trial(
        .prefill, prompts, prefillCluster.map(Machine.init(named:)) ?? machine, prefillPolicy ?? policy),
      decode: try trial(.decode, trace, machine, policy),
      request: RequestShape(input: input, output: output, cached: cached ?? 0), targets: try targets, gpus: gpus,
      batchSizes: batchSizes.isEmpty ? [1] : batchSizes, threads: threads)
  }
}
