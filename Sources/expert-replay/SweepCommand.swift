import ArgumentParser
import ExpertReplay
import Foundation

struct SweepCommand: SpeakingCommand {
  static let configuration = CommandConfiguration(
    commandName: "sweep", abstract: "Time saved as links go from PCIe to NVLink, and NICs get faster.",
    discussion: "Scale-up goes from 25 GB/s (PCIe 4) to 900 GB/s (NVLink 5), scale-out from 12.5 to 100 GB/s per rank."
      + "\n\n"
      + Examples.text([
        "expert-replay sweep traces/decode-256.moetrace --points 4"
      ]))

  @Argument(
    help: "A trace, a folder of them, or several; - is standard input, for policies that do not look ahead.",
    completion: .traces)
  var trace: [String]

  @Option(help: "A policy file or a name in policies/.", completion: .names(in: PresetCatalog.policies))
  var policy = "eplb"

  @Option(help: "The policy to compare with.", completion: .names(in: PresetCatalog.policies))
  var baseline = "static"

  @OptionGroup var selection: SelectionOptions
  @OptionGroup var machine: MachineOptions

  @Option(help: "Bandwidths of each kind, 2 to 32; every pair is a replay.")
  var points = 6

  @OptionGroup var report: ReportOptions

  @OptionGroup var threading: ThreadOptions

  @Option(help: "Seed of everything that is drawn at random.")
  var seed: UInt64 = 0

  @OptionGroup var verbosity: VerbosityOptions

  func validate() throws {
    try require(points, in: 2...32, "--points")
  }

  func run() throws {
    let trace = try SelectedTrace(trace, selection.chosen, threads: threading.threads)
    let open = { [threading] in try trace.open(threads: threading.threads, digesting: false) }
    let reader = try open()
    let sweep = try BandwidthSweep(
      setting: machine.setting(for: reader.header), seed: seed, threads: threading.threads,
      open: trace.isReadableAgain ? open : nil)
    let result = try sweep.run(
      on: reader, baseline: BalancingPolicy(named: baseline), policy: BalancingPolicy(named: policy),
      scaleUp: BandwidthSweep.bandwidths(from: 25e3, to: 900e3, count: points),
      scaleOut: BandwidthSweep.bandwidths(from: 12.5e3, to: 100e3, count: points))
    try report.write(SweepReport(result))
  }
}
