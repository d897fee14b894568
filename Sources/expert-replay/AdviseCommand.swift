import ArgumentParser
import ExpertReplay
import Files
import Foundation

struct AdviseCommand: SpeakingCommand {
  static let configuration = CommandConfiguration(
    commandName: "advise", abstract: "Say which prediction strategy, or which policy, pays off on a recording.",
    discussion: Examples.text([
      "expert-replay advise traces/hot-cold.moetrace --ranks 16",
      "expert-replay advise traces/hot-cold.moetrace --ranks 16 --tune",
      "expert-replay advise traces/*-256.moetrace --split 64 --input 512 --output 64",
    ]))

  @Argument(help: "A trace file, a folder of them, or several; they are read several times.", completion: .traces)
  var trace: [String]

  @OptionGroup var selection: SelectionOptions
  @OptionGroup var machine: MachineOptions
  @OptionGroup var pricing: PricingOptions

  @Option(
    parsing: .upToNextOption, help: "Bandwidths to try, times the cluster's. (default: 1 0.25 0.0625; not with --tune)")
  var linkSpeeds: [Double] = []

  @Option(
    parsing: .upToNextOption,
    help: """
      Batches to try: this many consecutive steps of the trace become one. (default: 1, and with --accumulate doubled to \
      all; not with --tune)
      """)
  var batchSizes: [Int] = []

  @Option(
    help: """
      Microseconds per layer for each e-fold reduction of a token-to-expert predictor's error. (default: 5; not with \
      --tune)
      """)
  var overhead: Double?

  @Option(
    help: """
      Redundant slots on every rank that strategies are tried with, beside none. (default: 1; not with --tune, which \
      tries several)
      """)
  var redundantSlotsPerRank: Int?

  @Option(
    help: """
      Steps between plans; the predictor averages over as many. --tune tries four times as many, too. (default: 16; not \
      with --accumulate or --split)
      """)
  var interval: Int?

  @Flag(help: "Print MoE-GPS's closed model beside the replay; not with --tune.")
  var formula = false

  @Option(help: "With --formula: max / mean expert load, in place of the recording's, as a paper states it.")
  var skewness: Double?

  @Option(help: "With --formula: ε of the distribution-only prediction in place of the measured one, such as 0.018.")
  var distributionError: Double?

  @Flag(
    help: "Search policy, slots, window and interval instead, and print the Pareto front of time, memory and moves.")
  var tune = false

  @Flag(
    help: """
      Tell instead how many tokens one GPU whose experts lie in its host's memory has to accumulate before the link is \
      hidden, and how fast it is.
      """)
  var accumulate = false

  @Option(help: "With --tune: most GB of replicas on a rank.")
  var memory: Double?

  @Option(
    help: """
      Tokens that a token attends to, on average. With --accumulate, which needs it; with --tune it adds the cost of a \
      million tokens, by the price that the cluster states.
      """)
  var context: Int?

  @OptionGroup(title: "Prefill and decode apart")
  var split: SplitOptions

  @OptionGroup var report: ReportOptions

  @OptionGroup var threading: ThreadOptions

  @OptionGroup var verbosity: VerbosityOptions

  func validate() throws {
    for speed in linkSpeeds { try require(speed, in: 1e-6...1e6, "--link-speeds") }
    guard batchSizes.allSatisfy((1...65_536).contains) else {
      throw ValidationError("--batch-sizes: expected numbers in 1…65536")
    }
    try require(overhead, in: 0...1e9, "--overhead")
    try require(interval, in: 1...1_000_000, "--interval")
    try require(redundantSlotsPerRank, in: 0...SlotBudget.limit, "--redundant-slots-per-rank")
    try require(memory, in: 0...1e6, "--memory")
    try require(context, in: 1...ServingModel.maximumContext, "--context")
    try require(skewness, in: 1...65_536, "--skewness")
    try require(distributionError, in: 0...1000, "--distribution-error")
    try checkTune()
    for (option, value) in [("--skewness", skewness), ("--distribution-error", distributionError)]
    where value != nil && !formula {
      throw ValidationError("\(option) is an input of the closed model: give --formula, too")
    }
  }

  private var usualInterval: Int { interval ?? 16 }

  private var isSplit: Bool { split.split != nil }

  /// The strategies' options say nothing to a search of policies, nor its budget to them.
  private func checkTune() throws {
    let given = [
      ("--link-speeds", !linkSpeeds.isEmpty), ("--overhead", overhead != nil),
      ("--redundant-slots-per-rank", redundantSlotsPerRank != nil), ("--formula", formula),
      ("--batch-sizes", !batchSizes.isEmpty && tune),
    ]
    let questions = [("--tune", tune), ("--accumulate", accumulate), ("--split", isSplit)].filter(\.1).map(\.0)
    if questions.count > 1 {
      throw ValidationError("\(questions[0]) and \(questions[1]) are two questions: give one of them")
    }
    if let question = questions.first, let option = given.first(where: \.1)?.0 {
      throw ValidationError("\(option) is about strategies: it cannot be given with \(question)")
    }
    for (option, isGiven) in [
      ("--interval", interval != nil), ("--ranks", machine.ranks != nil), ("--phase", selection.phase != nil),
      ("--context", context != nil), ("--memory", memory != nil),
    ] where isSplit && isGiven {
      throw ValidationError("\(option) says nothing to --split, which takes both phases on groups of several sizes")
    }
    for (option, isGiven) in [("--interval", interval != nil), ("--all-to-all", pricing.allToAll != nil)]
    where accumulate && isGiven {
      throw ValidationError("\(option) says nothing to --accumulate, which neither plans nor sends")
    }
    if memory != nil, !tune { throw ValidationError("--memory is the budget of a search: give --tune, too") }
    if context != nil, !tune, !accumulate {
      throw ValidationError(
        "--context is for the cost of what a search finds, or for --accumulate: give --tune, too, or that")
    }
    if accumulate, context == nil {
      throw ValidationError(
        "--accumulate needs --context: tokens that a token attends to, whose keys and values are kept")
    }
  }

  func run() throws {
    for path in trace { try requireReadableAgain(path, "advise reads a trace several times; give it a file") }
    let trace = try SelectedTrace(trace, selection.chosen, threads: threading.threads)
    if let job = try split.job(
      trace, selection: selection.chosen, machine: machine, allToAll: pricing.allToAll, batchSizes: batchSizes,
      threads: threading.threads)
    {
      return try report.write(PhaseSplitReport(job.run()))
    }
    let open = { [threading] in try trace.open(threads: threading.threads, digesting: false) }
    if let context, accumulate { return try report.write(AccumulationReport(accumulation(context: context, open))) }
    let reader = try open()
    let setting = try machine.setting(for: reader.header, allToAll: pricing.allToAll, context: context)
    if tune {
      try setting.requireContextForCost()
      guard context == nil || setting.cluster.price != nil else {
        throw InputError(
          "--context is for the cost of a million tokens, and the file states no cost",
          in: "cluster \(setting.cluster.name)", status: .usage)
      }
      let interval = usualInterval
      let job = TuneJob(
        setting: setting, memory: memory.map { $0 * 1e9 }, intervals: [interval, 4 * interval],
        windows: [interval, 4 * interval], threads: threading.threads, policy: BalancingPolicy.init(named:))
      return try report.write(TuneReport(job.run(on: reader)))
    }
    let advice = try AdviceJob(
      header: reader.header, machine: setting.machine, model: setting.model,
      linkSpeeds: linkSpeeds.isEmpty ? [1, 0.25, 0.0625] : linkSpeeds,
      batchSizes: batchSizes.isEmpty ? [1] : batchSizes, microsecondsPerFold: overhead ?? 5,
      redundantSlotsPerRank: redundantSlotsPerRank ?? 1, interval: usualInterval, sources: machine.source.chosen,
      published: PublishedInputs(skewness: skewness, distributionError: distributionError), threads: threading.threads,
      open: open
    ).run(surveying: reader)
    try report.write(AdviceReport(advice, showsFormula: formula))
  }

  private func accumulation(context: Int, _ open: @escaping () throws -> any StepSource) throws -> Accumulation {
    let setting = try machine.setting(for: open().header)
    return try AccumulateJob(
      header: setting.header, machine: setting.machine, model: setting.model, context: context, batchSizes: batchSizes,
      open: open
    ).run()
  }
}
