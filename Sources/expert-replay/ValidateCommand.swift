import ArgumentParser
import ExpertReplay
import Files

struct ValidateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "validate", abstract: "Hold the models against measurements.",
    discussion: "A table is a CSV file whose `#` lines say what was measured; docs/models.md describes the form.")

  enum Format: String, ExpressibleByArgument, CaseIterable { case table, summary, json }

  @Argument(help: "Table files, or names in validation/; all of these by default.")
  var tables: [String] = []

  @Flag(help: "Fit the links to one table, and write a cluster file.")
  var fit = false

  @Option(help: "What to print: table (the default), summary or json.")
  var format: Format?

  @Option(name: .shortAndLong, help: "Write the result to a file.")
  var output = "-"

  func validate() throws {
    if fit, format != nil { throw ValidationError("--fit writes a cluster file: it takes no --format") }
  }

  func run() throws {
    let catalog = PresetCatalog.validation
    let validations = try (tables.isEmpty ? catalog.names : tables).map { name in
      let (path, text) = try catalog.load(name)
      return try Validation(
        of: MeasurementTable(csv: text, name: path, cluster: Cluster.init(named:), model: ModelShape.init(named:)))
    }
    try OutputFile.write(fit ? fittedCluster(validations) : render(ValidationReport(validations)), to: output)
  }

  private func render(_ report: ValidationReport) throws -> String {
    switch format ?? .table {
    case .table: report.table()
    case .summary: report.summary()
    case .json: try report.json()
    }
  }

  private func fittedCluster(_ validations: [Validation]) throws -> String {
    guard validations.count == 1, !tables.isEmpty else {
      throw InputError("--fit takes one table", status: .usage)
    }
    return try LinkFit(table: validations[0].table).file.text
  }
}
