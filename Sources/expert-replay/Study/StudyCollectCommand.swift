import ArgumentParser
import ExpertReplay

struct StudyCollectCommand: SpeakingCommand {
  static let configuration = CommandConfiguration(
    commandName: "collect", abstract: "Put a study's results into one SQLite file; what it has stays.",
    discussion: """
      With -o x.parquet its tables are written as Parquet, too: x.parquet, x.settings.parquet and so on; that needs \
      Python and pyarrow.


      """
        + Examples.text([
          "expert-replay study plan first-look --sample 0 -o first.jsonl",
          "expert-replay study run first.jsonl --jobs 0:2",
          "expert-replay study collect first.jsonl -o first.sqlite",
        ]))

  @Argument(help: "What study plan wrote.", completion: .file(extensions: ["jsonl"])) var manifest: String

  @OptionGroup var paths: StudyPaths

  @Option(
    name: .shortAndLong,
    help:
      "The store; or a .parquet file, of the default store. (default: the manifest's name with .sqlite)",
    completion: .anyFile)
  var output: String?

  @OptionGroup var verbosity: VerbosityOptions

  func run() throws {
    let folder = paths.folder(of: manifest)
    let parquet = output.flatMap { StudyParquet.isMeant(by: $0) ? $0 : nil }
    let file = parquet == nil ? output : nil
    let store = file ?? StudyPaths.sibling(of: manifest, "sqlite")
    let (taken, missing, lacking) = try StudyStore.collect(manifest: manifest, folder: folder, into: store)
    let rest = missing == 0 ? "" : ", \(Readable.count(missing)) not run yet"
    Remarks.say("\(Readable.count(taken, "job")) collected into \(store)\(rest)")
    if let lacking { Remarks.say("warning: shards are not put together: \(lacking.description)") }
    if let parquet { try StudyParquet.write(store: store, to: parquet) }
  }
}
