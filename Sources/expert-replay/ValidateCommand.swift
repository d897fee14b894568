import ArgumentParser
import Diagnostics
import ExpertReplay
import Files

struct ValidateCommand: SpeakingCommand {
  static let configuration = CommandConfiguration(
    commandName: "validate", abstract: "Hold the models against measurements.",
    discussion: "A table is a CSV file whose `#` lines say what was measured; docs/measuring.md describes the form."
      + "\n\n"
      + Examples.text([
        "expert-replay validate deepep-low-latency --by gpu --format summary"
      ]))

  @Argument(
    help: "Table files, or names in validation/; all of these by default.",
    completion: .names(in: PresetCatalog.validation, ending: "csv"))
  var tables: [String] = []

  @Flag(help: "Fit the machine to one table, and write a cluster file.")
  var fit = false

  @Option(
    name: .customLong("by"),
    help: ArgumentHelp("Tell errors apart by a column's values; several times for combinations.", valueName: "column"))
  var columns: [String] = []

  @Option(
    name: .customLong("leave-out"),
    help: ArgumentHelp(
      "Predict rows from fits that have not seen them: leave each value of a column (or of several, with commas) out in turn.",
      valueName: "column,..."),
    transform: { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) })
  var leaving: [String] = []

  @Option(help: ArgumentHelp("Predict as if tables did not have a column; may be repeated.", valueName: "column"))
  var without: [String] = []

  @Option(help: "Tokens that a token attends to in measured steps, where a table does not say.")
  var context: Int?

  @OptionGroup var report: ReportOptions

  @Option(name: .shortAndLong, help: "Write the result to a file.", completion: .anyFile)
  var output = "-"

  @OptionGroup var verbosity: VerbosityOptions

  func validate() throws {
    if let context { try require(context, in: 1...ServingModel.maximumContext, "--context") }
    if fit, !columns.isEmpty { throw ValidationError("--fit writes a cluster file: it takes no --by") }
    if fit, !leaving.isEmpty { throw ValidationError("--fit writes a cluster file: it takes no --leave-out") }
    if fit, report.format != nil { throw ValidationError("--fit writes a cluster file: it takes no --format") }
  }

  func run() throws {
    let validations = try validations()
    if fit { return try OutputFile.write(fittedCluster(validations), to: output) }
    try report.write(ValidationReport(validations), to: output)
  }

  private func validations() throws -> [ValidatedTable] {
    let catalog = PresetCatalog.validation
    let names = tables.isEmpty ? catalog.names : tables
    let counter = WorkProgress.begin("validating", .tables, total: names.count)
    defer { counter?.end() }
    return try names.map { name in
      defer { counter?.advance() }
      let (path, text) = try catalog.load(name)
      let table = try MeasurementTable(
        csv: text, name: path, machine: { try Machine($0) }, model: ModelShape.init(named:), context: context,
        without: without)
      return try ValidatedTable(of: table, by: columns, leaving: leaving)
    }
  }

  private func fittedCluster(_ validations: [ValidatedTable]) throws -> String {
    guard validations.count == 1, !tables.isEmpty else {
      throw InputError("--fit takes one table", status: .usage)
    }
    return try MachineFit(table: validations[0].table).file.text
  }
}
