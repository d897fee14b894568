import ArgumentParser
import ExpertReplay
import Files

struct ValidateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "validate", abstract: "Hold the models against measurements.",
    discussion: "A table is a CSV file whose `#` lines say what was measured; docs/models.md describes the form.")

  @Argument(help: "Table files, or names in validation/; all of these by default.")
  var tables: [String] = []

  @Flag(help: "Fit the links to one table, and write a cluster file.")
  var fit = false

  @OptionGroup var report: ReportOptions

  @Option(name: .shortAndLong, help: "Write the result to a file.")
  var output = "-"

  func validate() throws {
    if fit, report.format != nil { throw ValidationError("--fit writes a cluster file: it takes no --format") }
  }

  func run() throws {
    let catalog = PresetCatalog.validation
    let validations = try (tables.isEmpty ? catalog.names : tables).map { name in
      let (path, text) = try catalog.load(name)
      return try Validation(
        of: MeasurementTable(csv: text, name: path, cluster: { try Machine(named: $0).prefill }, model: ModelShape.init(named:)))
    }
    if fit { return try OutputFile.write(fittedCluster(validations), to: output) }
    try report.write(ValidationReport(validations), to: output)
  }

  private func fittedCluster(_ validations: [Validation]) throws -> String {
    guard validations.count == 1, !tables.isEmpty else {
      throw InputError("--fit takes one table", status: .usage)
    }
    return try LinkFit(table: validations[0].table).file.text
  }
}
