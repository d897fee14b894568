import ArgumentParser
import ExpertReplay
import Foundation

struct StudySubmitCommand: SpeakingCommand {
  static let configuration = CommandConfiguration(
    commandName: "submit", abstract: "Have a manifest's jobs run by Ray or Slurm, and collect their results.",
    discussion: """
      Jobs that have a result are passed over, so submitting again goes on where it ended; what Slurm has in its queue is \
      waited for. Ctrl-C cancels. What stands after -- is handed to the engine: to sbatch, as --partition=cpu or \
      --time=2:00:00, or to the Ray engine, as --address=ADDRESS, --ship or --gather; docs/engines.md has more.

      Engines:

      """
        + StudyEngines.registry.summaries + "\n\n"
        + Examples.text([
          "expert-replay study plan first-look --sample 0 -o first.jsonl",
          "expert-replay study run first.jsonl",
          "expert-replay study submit first.jsonl --engine slurm -- --partition=cpu",
        ]))

  @Argument(help: "What study plan wrote.", completion: .file(extensions: ["jsonl"])) var manifest: String

  @Option(help: ArgumentHelp("\(StudyEngines.registry.list)."), completion: .names(of: StudyEngines.registry))
  var engine: String

  @OptionGroup var paths: StudyPaths

  @Option(
    name: .shortAndLong, help: "The store. (default: the manifest's name with .sqlite)", completion: .anyFile)
  var output: String?

  @Option(help: "The most that run at a time. (default: as many as there is room for)") var workers: Int?

  @Option(help: "How often a job is run again whose worker died.") var retries = 3

  @Flag(help: "Cancel what was submitted to Slurm before.") var cancel = false

  @Argument(parsing: .postTerminator, help: "Options of the engine, after --.") var engineOptions: [String] = []

  @OptionGroup var verbosity: VerbosityOptions

  func validate() throws {
    try require(workers, in: 1...1_000_000, "--workers")
    try require(retries, in: 0...100, "--retries")
  }

  func run() throws {
    let engine = try StudyEngines.registry.named(engine, option: "--engine")
    let folder = paths.folder(of: manifest)
    let store = output ?? StudyPaths.sibling(of: manifest, "sqlite")
    let submission = try StudySubmission(
      manifest: manifest, results: folder, store: store, workers: workers, retries: retries, options: engineOptions)
    if cancel { return try engine.cancel(submission) }
    let remarks = SubmissionRemarks()
    defer { remarks.end() }
    let missing = try engine.run(submission) { remarks.tell($0) }
    let (taken, _, lacking) = try StudyStore.collect(manifest: manifest, folder: folder, into: store)
    Remarks.say("\(Readable.count(taken, "job")) collected into \(store)")
    if let lacking { Remarks.say("warning: shards are not put together: \(lacking.description)") }
    if let missing {
      throw InputError("\(Readable.count(missing.jobs, "job")) without a result: \(missing.reason)", status: .missing)
    }
  }
}
