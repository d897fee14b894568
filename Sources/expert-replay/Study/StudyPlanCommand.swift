import ArgumentParser
import ExpertReplay
import Files

struct StudyPlanCommand: SpeakingCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan", abstract: "Expand a study into a manifest of jobs, and say how long they take.",
    discussion: Examples.text([
      "expert-replay study plan first-look -o first.jsonl",
      "expert-replay study plan tune --trace traces/hot-cold.moetrace -o mine.jsonl",
    ]))

  @Argument(
    help: "A study's file, or the name of one in studies/.", completion: .names(in: PresetCatalog.studies))
  var study: String

  @Option(name: .shortAndLong, help: "The manifest: JSON Lines, a job a line.", completion: .anyFile) var output: String

  @Option(
    help: "A recording in the place of the study's traces and workloads. Repeat for several.", completion: .traces)
  var trace: [String] = []

  @Option(
    help: "A cluster in the place of the study's. Repeat for several.", completion: .names(in: PresetCatalog.clusters))
  var cluster: [String] = []

  @Option(
    help: "A model in the place of the study's. Repeat for several.", completion: .names(in: PresetCatalog.models))
  var model: [String] = []

  @Option(help: "Ranks in the place of the study's. Repeat for several.") var ranks: [Int] = []

  @Option(help: "Policies of a job, which share a decoding of the trace, at most.") var bundle = StudyPlan.usualBundle

  @Option(
    help: "Jobs between which a trace's layers are shared out, under policies that never move an expert on the way.")
  var layerShards = 1

  @Option(help: "Jobs that are timed to say how long all take; 0 for none.") var sample = 3

  @OptionGroup var paths: StudyPaths

  @OptionGroup var verbosity: VerbosityOptions

  func validate() throws {
    for ranks in ranks { try require(ranks, in: 1...Cluster.maximumRanks, "--ranks") }
    try require(bundle, in: 1...100_000, "--bundle")
    try require(layerShards, in: 1...StudyShard.most, "--layer-shards")
    try require(sample, in: 0...1000, "--sample")
  }

  func run() throws {
    let study = try StudyFile(named: study).replacing(traces: trace, clusters: cluster, models: model, ranks: ranks)
    let plan = try StudyPlan(study, bundle: bundle, layerShards: layerShards)
    // Timed first, so that what cannot be timed leaves no manifest.
    let estimate =
      sample > 0 && output != "-"
      ? try StudyEstimate(of: plan, sampling: sample, folder: paths.folder(of: output)) : nil
    try plan.write(to: output)
    let manifest = plan.manifest
    let size = "\(Readable.count(manifest.jobs, "job")), \(Readable.count(manifest.replays, "replay"))"
    let parts = [
      Readable.count(manifest.traces.count, "trace"), Readable.count(manifest.clusters.count, "cluster"),
      "policies \(Readable.count(manifest.policies.count - 1))",
    ]
    Remarks.say("\(manifest.study): \(size) (\(parts.joined(separator: ", ")))")
    guard let estimate else { return }
    Remarks.say(
      "about \(Readable.duration(estimate.coreSeconds)) of one core and \(Readable.bytes(estimate.bytes)) of results, "
        + "from \(Readable.count(estimate.sampled, "timed job"))")
  }
}
