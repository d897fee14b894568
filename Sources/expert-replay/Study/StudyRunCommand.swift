import ArgumentParser
import ExpertReplay
import Files

struct StudyRunCommand: SpeakingCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Run the jobs of a manifest that have no result yet, on this machine.",
    discussion: """
      Results appear one by one, each complete. A job that cannot be replayed is a row with its error; one that this \
      machine lacks a file for is left for a later run. A run of all jobs also collects them.


      """
        + Examples.text([
          "expert-replay study plan first-look --sample 0 -o first.jsonl",
          "expert-replay study run first.jsonl --job 0",
          "expert-replay study run first.jsonl",
        ]))

  @Argument(help: "What study plan wrote.", completion: .file(extensions: ["jsonl"])) var manifest: String

  @OptionGroup var paths: StudyPaths

  @Option(help: "The number of the only job to run, from 0.") var job: Int?

  @Option(
    help: """
      Numbers of jobs to run, as in 0:100 (100 left out) or 0-99; with - they are read from standard input, one a line, \
      and each is answered by a line: N done, or N left: what is missing here.
      """) var jobs: String?

  @OptionGroup var threading: ThreadOptions

  @OptionGroup var verbosity: VerbosityOptions

  func validate() throws {
    if job != nil, jobs != nil { throw ValidationError("--job and --jobs: give one of them") }
    try require(job, in: 0...1_000_000_000, "--job")
  }

  func run() throws {
    let isAsked = jobs == "-"
    let range = try isAsked ? nil : job.map { $0..<$0 + 1 } ?? jobs.map { try parseRange($0, option: "--jobs") }
    let folder = paths.folder(of: manifest)
    let run = try StudyRun(manifest: manifest, folder: folder, jobs: range, threads: threading.threads)
    let tally = try isAsked ? JobRequests.answer(run) : run.run()
    if let reason = tally.whyLeft {
      let left = Readable.count(tally.left, "job")
      throw InputError(
        "\(Self.sentence(tally)); \(left) could not be run here: \(reason.description)", status: .missing)
    }
    let isWhole = range == nil && !isAsked
    let store = StudyPaths.sibling(of: manifest, "sqlite")
    if isWhole { try StudyStore.collect(manifest: manifest, folder: folder, into: store) }
    Remarks.say(Self.sentence(tally))
    if tally.failures > 0 {
      Remarks.say("warning: \(Readable.count(tally.failures, "replay")) failed; study table has their errors")
    }
    if isWhole { Remarks.say("results are in \(store)") }
  }

  private static func sentence(_ tally: StudyRun.Tally) -> String {
    let had = tally.had > 0 ? ", \(Readable.count(tally.had)) had been before" : ""
    return "\(Readable.count(tally.done, "job")) done, \(Readable.count(tally.replays, "replay"))\(had)"
  }
}
