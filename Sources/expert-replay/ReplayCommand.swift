import ArgumentParser
import ExpertReplay
import Files
import Foundation

struct ReplayCommand: SpeakingCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay", abstract: "Compare communication time under balancing policies, before and after.",
    discussion: Examples.text([
      "expert-replay replay traces/decode-256.moetrace",
      "expert-replay replay traces/decode-256.moetrace --as vllm:steps=8",
      "expert-replay replay traces/decode-256.moetrace --policy eplb:window=16",
      "expert-replay replay traces/decode-256.moetrace --format html -o page.html",
      "expert-replay replay traces/decode-256.moetrace --format perfetto -o t.json",
    ]))

  @Argument(
    help: """
      A trace (.moetrace, .jsonl, .jsonl.gz or logical_count JSON), a folder of them, or several; - is standard input.
      """,
    completion: .traces)
  var trace: [String]

  @OptionGroup var policies: PoliciesOptions

  @OptionGroup var machines: MachinesOptions
  @OptionGroup var pricing: PricingOptions

  @Option(
    name: .customLong("change"),
    help: """
      Ranks that come or go, besides the cluster's 'changes': steps over, fail, leave or join, and ranks, such as \
      "400 fail 3,7"; repeatable.
      """)
  var changes: [String] = []

  @Option(help: "Tokens that a token attends to, on average: adds throughput, time per output token and utilisations.")
  var context: Int?

  @Option(help: "What the model reaches on its task, 0…1, as you know it: told beside cost and speed, never measured.")
  var accuracy: Double?

  @OptionGroup var selection: SelectionOptions
  @OptionGroup var draw: DrawOptions
  @OptionGroup var router: RouterOptions

  @Option(help: "Replay the recording so many times, end to end: predictors and placements go on.")
  var `repeat` = 1

  @Flag(help: "Replay each policy with the oracle's prediction too, and print how much its own costs.")
  var regret = false

  @Flag(
    help:
      "Tell layer by layer, too: time, balance, and in JSON the load of every rank; CSV has a row a layer then, HTML always tells."
  )
  var byLayer = false

  @OptionGroup var details: DetailOptions

  @Flag(help: "Print all columns, in as many tables as the window needs, and what the time is made of; tables only.")
  var wide = false

  @Flag(help: "Print what every column means, and how far predictions were off; tables only.")
  var explain = false

  @OptionGroup var report: ReplayReportOptions

  @OptionGroup var timelines: TimelineOptions

  @Option(name: .shortAndLong, help: "Write the result to a file.", completion: .anyFile)
  var output = "-"

  @Option(
    help: """
      Write the figures of every step under every policy to a .csv or .jsonl file, a row each; with --by-layer of every \
      layer of every step.
      """, completion: .anyFile)
  var perStep: String?

  @OptionGroup var traffic: TrafficOptions

  @OptionGroup var threading: ThreadOptions

  @Option(help: "Seed of everything that is drawn at random.")
  var seed: UInt64 = 0

  @Option(help: "Price the communication of one step in so many, with fair-share.") var sampleSteps: Int?

  @OptionGroup var verbosity: VerbosityOptions

  func validate() throws {
    try require(context, in: 1...ServingModel.maximumContext, "--context")
    try require(accuracy, in: 0...1, "--accuracy")
    try require(`repeat`, in: 1...1_000_000, "--repeat")
    if `repeat` > 1, traffic.log != nil || traffic.matrix != nil {
      throw ValidationError("--log and --matrix are of the recording, once: leave out --repeat")
    }
  }

  func run() throws {
    let format = try report.chosen()
    guard !(wide || explain) || [ReportFormat.table, .summary].map(\.name).contains(format.name) else {
      throw ValidationError(
        "\(wide ? "--wide" : "--explain") is for tables: --format \(format.name) tells all figures anyway")
    }
    let isDetailed = try details.areWanted(by: format)
    try timelines.check(format, regret: regret, byLayer: byLayer && perStep == nil)
    let file = try OutputFile(path: output)
    let trace = try SelectedTrace(trace, selection.chosen(drawing: draw), threads: threading.threads)
    let recorded = try trace.open(threads: threading.threads, digesting: format.needs.contains(.digest))
    let rewritten = try router.rewritten(recorded)
    let source = rewritten ?? recorded
    let open: () throws -> any StepSource = { [threading] in
      try trace.open(threads: threading.threads, digesting: false)
    }
    let changes = try changes.map { text throws(InputError) in try RankChange(text) }
    var settings = try machines.settings(
      for: source.header, allToAll: pricing.allToAll, context: context, changes: changes)
    for setting in settings { try setting.requireContextForCost() }
    if let sampleSteps { settings = try settings.map { try $0.sampled(oneStepIn: sampleSteps) } }
    let (before, after) = try policies.policies(readableAgain: trace.isReadableAgain)
    let timeline = try timelines.file(file, of: settings, policies: 1 + after.count, format: format)
    let files = try traffic.files(of: settings, policies: ([before] + after).map(\.name))
    let job = ReplayJob(
      on: settings.map { $0.observed(by: files.observers) }, baseline: before, policies: after, seed: seed,
      threads: threading.threads, measuresRegret: regret, repeats: `repeat`,
      open: trace.isReadableAgain
        ? { [router] in
          let steps = try open()
          return try router.rewritten(steps) ?? steps
        } : nil)
    let stepFile = try perStep.map { try StepFile($0, byLayer: byLayer) }
    let request =
      isDetailed
      ? details.request(policies: policies.names, machines: machines, model: settings[0].model.name) : nil
    var (results, timing) = try job.runOnAll(
      files.numbered(source), observer: stepFile?.observer, timeline: timeline?.observer, details: request
    ) { _ in files.write() }
    for index in results.indices { results[index].model.accuracy = accuracy }
    if let rewritten {
      let found = try job.routerResults(rewritten, recorded: trace.isReadableAgain ? open : nil)
      for index in results.indices { results[index].router = found[index] }
    }
    try files.commit()
    try stepFile?.commit()
    if let timeline {
      try timeline.end(results)
      return try file.commit()
    }
    let shown = byLayer || isDetailed || format.needs.contains(.layers) ? results : results.map(\.withoutLayers)
    try file.write(
      try report.text(ReplayReport(shown, layerRecords: byLayer, isWide: wide, isExplained: explain), to: output))
    try file.commit()
    if format.name == ReportFormat.table.name { Remarks.say(timing.summary) }
  }
}
